import { createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { judge } from '#http/access.ts';
import { stranger } from '#http/caller.ts';
import { basicPasswordOf } from '#http/credentials.ts';
import type { Edge, HttpDeps } from '#http/deps.ts';
import { escaped } from '#http/html.ts';
import type { DescribedRoute } from '#http/operation.ts';
import { problem, sendProblem } from '#http/problem.ts';
import type { Agent, Task } from '#schemas/resources.ts';
import { iso } from '#schemas/time.ts';

/** More rows than this are not for a page to read. */
const MAX_ROWS = 200;
const REFRESH_SECONDS = 5;

const STYLE =
  'body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem}table{border-collapse:collapse;width:100%}' +
  'th,td{text-align:left;padding:.35rem .75rem;border-bottom:1px solid #ccc;vertical-align:top}caption{text-align:left;font-weight:bold;padding:1rem 0 .5rem}' +
  '.scroll{overflow-x:auto}@media(prefers-color-scheme:dark){:root{background:#111;color:#eee}}';
/** No scripts, no pictures, no forms, no frames; this very style alone. */
const POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

const OPERATION: DescribedRoute = {
  id: 'fleet_page',
  tag: 'live',
  summary: 'The fleet at a glance, for people',
  security: ['admin_password'],
  answers: { 200: { description: 'A page that renews itself', mediaType: 'text/html' } },
};

/** The fleet at a glance for the admin, who logs in by HTTP Basic: any user name, the admin token as password. */
export function fleetPage(app: FastifyInstance, deps: Edge): void {
  app.get('/', {
    config: { operation: OPERATION },
    onRequest: async (request, reply) => {
      const password = basicPasswordOf(request.headers.authorization);
      const principal = password === null ? null : await deps.coordinator.principalOf(password);
      if (principal !== null && judge(principal, 'see_fleet_page', { id: null, ownsTask: false }) === 'granted') return undefined;
      const headers = { 'www-authenticate': 'Basic realm="Ping System", charset="UTF-8"' };
      return sendProblem(reply, await stranger(deps, request, problem('unauthorized', 'This page asks for the admin token as the password.', { headers })));
    },
    handler: async (_request, reply) => {
      const everyone = await deps.reads.agents({ is_active: true, only: null }, { limit: MAX_ROWS, beyond: null });
      const tasks = await openTasks(deps);
      return reply
        .header('content-security-policy', POLICY)
        .type('text/html; charset=utf-8')
        .send(pageOf(everyone, tasks, iso(deps.coordinator.now())));
    },
  });
}

/** Newest first. */
async function openTasks(deps: HttpDeps): Promise<Task[]> {
  const page = { limit: MAX_ROWS, beyond: null };
  const todo = await deps.reads.tasks({ status: 'todo', owner_id: null }, page);
  const inProgress = await deps.reads.tasks({ status: 'in_progress', owner_id: null }, page);
  return [...todo, ...inProgress].sort((a, b) => b.id - a.id);
}

function pageOf(everyone: Agent[], open: Task[], now: string): string {
  const names = new Map(everyone.map(({ id, name }) => [id, name]));
  const agents = everyone.slice(0, MAX_ROWS);
  const tasks = open.slice(0, MAX_ROWS);
  const agentRows = agents.map((a) => [a.name, a.status, a.current_task_id ?? '–', a.last_acknowledgment ?? 'never', a.last_heartbeat ?? 'never']);
  const holderOf = (t: Task): string => (t.assigned_agent_id === null ? '–' : (names.get(t.assigned_agent_id) ?? `#${t.assigned_agent_id}`));
  const taskRows = tasks.map((t) => [
    t.id,
    t.name,
    t.status,
    holderOf(t),
    t.needs_attention ?? '–',
    t.last_ping ?? 'never',
    t.last_agent_acknowledgment ?? 'never',
  ]);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><meta http-equiv="refresh" content="${REFRESH_SECONDS}">
<title>Ping System</title><style>${STYLE}</style></head><body><main><h1>Ping System</h1><p>As of ${now}</p>
${table(captionOf('Agents', agents, everyone), ['Name', 'Status', 'Current task', 'Last acknowledgment', 'Last heartbeat'], agentRows)}
${table(captionOf('Open tasks', tasks, open), ['Id', 'Name', 'Status', 'Holder', 'Needs attention', 'Last ping', 'Last acknowledgment'], taskRows)}
</main></body></html>
`;
}

const captionOf = (what: string, shown: unknown[], all: unknown[]): string => (shown.length < all.length ? `${what} (the first ${shown.length})` : what);

function table(caption: string, heads: string[], rows: (string | number)[][]): string {
  const head = heads.map((text) => `<th scope="col">${text}</th>`).join('');
  const body = rows.map((cells) => `<tr>${cells.map((cell) => `<td>${escaped(String(cell))}</td>`).join('')}</tr>`).join('\n');
  const none = `<tr><td colspan="${heads.length}">None</td></tr>`;
  return `<div class="scroll"><table><caption>${caption}</caption><thead><tr>${head}</tr></thead><tbody>\n${body || none}\n</tbody></table></div>`;
}
