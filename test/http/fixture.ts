import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Change } from '#domain/draft.ts';
import type { Principal } from '#domain/principal.ts';
import type { HttpDeps } from '#http/deps.ts';
import { createHttpServer } from '#http/server.ts';
import { EXAMPLES } from '#schemas/examples.ts';
import type { Why } from '#schemas/resources.ts';
import { systemClock } from '#src/clock.ts';
import { keyRows } from '#storage/idempotency.ts';
import { openStorage } from '#storage/open.ts';
import type { Database } from '#storage/options.ts';
import { agentHistory } from '#storage/reads/agent-history.ts';
import { figureReads } from '#storage/reads/figures.ts';
import { createReads } from '#storage/reads/reads.ts';
import { sessionRows } from '#storage/sessions.ts';
import { writeChanges } from '#storage/write.ts';
import { agentRow, assignmentRow, commentRow, eventRow, notificationRow, phaseRow, T0, taskRow, todoRow } from '#test/support/rows.ts';
import { type Documented, documented } from './documented.ts';
import { type FakeCoordinator, fakeCoordinator } from './fake-coordinator.ts';

export const TOKENS = { admin: 'psm_admin', main: 'psa_main', own: 'psa_alice', other: 'psa_bob' } as const;
export type Who = keyof typeof TOKENS | 'none';

const PRINCIPALS = new Map<string, Principal>([
  [TOKENS.admin, { kind: 'admin' }],
  [TOKENS.main, { kind: 'agent', id: 1, name: 'Ruto', type: 'main_agent' }],
  [TOKENS.own, { kind: 'agent', id: 2, name: 'alice', type: 'sub_agent' }],
  [TOKENS.other, { kind: 'agent', id: 3, name: 'bob', type: 'sub_agent' }],
]);

export const WHY = EXAMPLES['why'] as Why; // as: a test compares it with this schema

/** Ruto, alice, bob. Task 1 is alice's, 2 is bob's, 3 was alice's and is Ruto's, 4 was alice's and is deleted, 5 is nobody's. */
const WORLD: Change[] = [
  { op: 'insert', table: 'agent', row: agentRow(1, 'Ruto', { type: 'main_agent', max_concurrent: 10 }) },
  { op: 'insert', table: 'agent', row: agentRow(2, 'alice', { capabilities: ['python'], last_acknowledgment: T0 + 5_000 }) },
  { op: 'insert', table: 'agent', row: agentRow(3, 'bob') },
  ...[1, 2, 3, 5].map((id): Change => ({ op: 'insert', table: 'task', row: taskRow(id) })),
  { op: 'insert', table: 'task', row: taskRow(4, { deleted_at: T0 }) },
  {
    op: 'insert',
    table: 'assignment',
    row: assignmentRow(1, 1, 2, { status: 'acknowledged', last_ping_sent: T0, last_ack_at: T0 + 5_000, acknowledged_at: T0 + 5_000, pings_sent: 1 }),
  },
  { op: 'insert', table: 'assignment', row: assignmentRow(2, 2, 3) },
  { op: 'insert', table: 'assignment', row: assignmentRow(3, 3, 2, { status: 'failed', failure_reason: 'timeout', closed_at: T0 }) },
  { op: 'insert', table: 'assignment', row: assignmentRow(4, 3, 1, { original_agent_id: 2, escalation_count: 1 }) },
  { op: 'insert', table: 'assignment', row: assignmentRow(5, 4, 2, { status: 'failed', failure_reason: 'cancelled', closed_at: T0 }) },
  { op: 'insert', table: 'comment', row: commentRow(1, 1) },
  { op: 'insert', table: 'phase', row: phaseRow(1, 1) },
  { op: 'insert', table: 'todo', row: todoRow(1, 1) },
  { op: 'insert', table: 'notification', row: notificationRow(1) },
  { op: 'insert', table: 'event', row: eventRow(1, { task_id: 1 }) },
  { op: 'insert', table: 'event', row: eventRow(2, { task_id: 2 }) },
  { op: 'insert', table: 'event', row: eventRow(3, { kind: 'agent.online', agent_id: 2 }) },
  {
    op: 'insert',
    table: 'event',
    row: eventRow(4, { kind: 'message.refused', agent_id: 2, data: { topic: 'agents/alice/ack', code: 'invalid_payload', excerpt: 'alice said' } }),
  },
  {
    op: 'insert',
    table: 'event',
    row: eventRow(5, { kind: 'message.refused', agent_id: 3, task_id: 1, data: { topic: 'agents/bob/ack', code: 'no_open_assignment', excerpt: 'bob said' } }),
  },
  { op: 'insert', table: 'event', row: eventRow(6, { kind: 'task.deleted', task_id: 4 }) },
];

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; throws when it is none. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into any body
  readonly json: any;
}

export interface HttpFixture extends AsyncDisposable {
  readonly url: string;
  /** Every route of the server, as declared. */
  readonly routes: readonly { readonly method: string; readonly url: string }[];
  readonly coordinator: FakeCoordinator;
  readonly logged: { level: string; fields: object; message: string }[];
  /** Adds rows. */
  write(changes: readonly Change[]): Promise<void>;
  ask(who: Who, method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answered>;
  close(): Promise<void>;
}

/** The server on a port of its own, over SQLite in a folder of its own (or the database given) and a coordinator that decides nothing. */
export async function startHttp(more: Partial<HttpDeps> = {}, world: readonly Change[] = WORLD, database?: Database): Promise<HttpFixture> {
  const folder = mkdtempSync(join(tmpdir(), 'ping-http-'));
  const storage = await openStorage({ database: database ?? { kind: 'sqlite', file: join(folder, 'test.sqlite') }, dataDir: folder });
  const write = (changes: readonly Change[]) => storage.em().transactional((em) => writeChanges(em, changes));
  await write(world);
  const coordinator = fakeCoordinator(PRINCIPALS);
  const logged: HttpFixture['logged'] = [];
  const log = (level: string) => (fields: object, message: string) => void logged.push({ level, fields, message });
  const server = await createHttpServer({
    coordinator,
    reads: createReads(storage.em),
    history: agentHistory(storage.em),
    figures: figureReads(storage.em),
    metrics: { render: async () => ({ type: 'text/plain', text: '' }), request: () => undefined },
    sessionRows: sessionRows(storage.em),
    keyRows: keyRows(storage.em),
    clock: systemClock(),
    log: { error: log('error'), info: log('info'), debug: log('debug') },
    host: '127.0.0.1',
    port: 0,
    maxPayloadBytes: 65_536,
    allowPrivateEndpoints: false,
    allowedHosts: [],
    trustProxy: false,
    version: '2.0.0',
    wire: null,
    mask: (text) => text,
    settings: () => ({
      version: '2.0.0',
      broker: { kind: 'embedded', url: null },
      database: { kind: 'sqlite', location: 'test' },
      listeners: [],
      settings: [],
    }),
    why: async (taskId) => ({ ...WHY, task_id: taskId }),
    ...more,
  });
  const url = (await server.listen())[0]?.url ?? '';
  const contract = documented(await (await fetch(`${url}/openapi.json`)).json());
  const close = async () => {
    await server.close();
    await storage.close();
    rmSync(folder, { recursive: true, force: true });
  };
  return {
    url,
    routes: server.routes,
    coordinator,
    logged,
    write,
    close,
    ask: async (who, method, path, body, headers) => asDocumented(contract, method, path, await ask(url, who, method, path, body, headers)),
    [Symbol.asyncDispose]: close,
  };
}

/** Every answer that a test gets is one that the OpenAPI document knows. */
function asDocumented(contract: Documented, method: string, path: string, answer: Answered): Answered {
  const faults = contract.faults(method, path, answer);
  if (faults.length > 0) throw new Error(`${method} ${path} answered ${answer.status}, not as documented: ${faults.join('; ')}`);
  return answer;
}

/** A body that is a string goes as it is; anything else as JSON. */
async function ask(url: string, who: Who, method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answered> {
  const response = await fetch(url + path, {
    method,
    redirect: 'manual',
    headers: {
      ...(who === 'none' ? {} : { authorization: `Bearer ${TOKENS[who]}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    text,
    get json() {
      return JSON.parse(text);
    },
  };
}
