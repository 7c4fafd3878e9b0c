import { readAdminToken } from '#src/admin-token.ts';
import { type Config, loadConfig } from '#src/config.ts';
import { Failure, oneLine } from './failure.ts';
import type { Flags } from './flags.ts';

/** Longer than any request should take, short enough that a script notices. */
const REQUEST_MS = 30_000;
/** Lists are read to their end, but not beyond this many pages. */
const MAX_PAGES = 500;
const PAGE = 200;

/** What to do about a refusal, for those codes where `detail` alone leaves that open. */
const WHAT_TO_DO: Readonly<Record<string, string>> = {
  agent_not_found: '`ping-system agent list` shows who is registered',
  task_not_found: '`ping-system task list` shows all tasks',
  agent_exists: 'choose another name, or renew its token with `ping-system agent token NAME`',
  unauthorized: "check API_AUTH_TOKEN, or DATA_DIR so that its admin-token is the running server's",
  ambiguous_task: 'name the task with --task ID',
  no_open_assignment: '`ping-system task show ID` shows who holds it',
  assignment_closed: '`ping-system task show ID` shows what became of it',
  task_closed: '`ping-system task show ID` shows what became of it',
  no_agent_available: 'add an agent, or name one: `ping-system task assign ID AGENT`',
  not_ready: 'try again in a moment',
  storage_full: "make room on the server's disk; nothing was changed",
};

/** What may be sent, each where it is given: what is undefined is left out, of a query here, of a body by JSON itself. */
export type Given<T> = { readonly [K in keyof T]?: T[K] | undefined };
type Query = Readonly<Record<string, string | number | undefined>>;

export function withQuery(path: string, query: Query): string {
  const given = Object.entries(query).flatMap(([name, value]): [string, string][] => (value === undefined ? [] : [[name, String(value)]]));
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`;
}

interface Page<T> {
  readonly items: T[];
  readonly next_cursor: string | null;
}

/** The server's REST API, as any stranger sees it. Every method throws Failure with one line when refused or out of reach. */
export class Rest {
  readonly base: string;
  readonly #token: string;

  constructor(base: string, token: string) {
    this.base = base;
    this.#token = token;
  }

  /** The shape is the server's contract (its OpenAPI document); it is shown, not computed with. */
  async call<T>(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: object): Promise<T> {
    const response = await reach(this.base, path, {
      method,
      headers: { authorization: `Bearer ${this.#token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const value: unknown = parsed(text);
    if (!response.ok) throw refusal(`${method} ${path.split('?')[0]}`, response.status, value);
    if (value === undefined && text !== '') throw new Failure(`${this.base}${path} answered something that is not JSON: is another server listening there?`);
    return value as T; // as: see above
  }

  /** A WebSocket of the server. Headers are an addition of Node's to the standard's arguments. */
  socket(path: string): WebSocket {
    return new WebSocket(this.base.replace(/^http/, 'ws') + path, { headers: { authorization: `Bearer ${this.#token}` } });
  }

  /** Every item of a list, page after page; `most`: of these the first so many. */
  async all<T>(path: string, query: Query = {}, most = Number.POSITIVE_INFINITY): Promise<T[]> {
    const items: T[] = [];
    let cursor: string | undefined;
    for (let page = 0; page < MAX_PAGES && items.length < most; page++) {
      const limit = Math.min(PAGE, most - items.length);
      const found: Page<T> = await this.call('GET', withQuery(path, { ...query, limit, cursor }));
      items.push(...found.items);
      if (found.next_cursor === null) break;
      cursor = found.next_cursor;
    }
    return items;
  }
}

/** The server of this configuration, with the admin token. Throws Failure when the token or the server is missing. */
export async function connectRest(flags: Flags): Promise<Rest> {
  const config = loadConfig(flags);
  const base = baseOf(config);
  const token = config.apiAuthToken ?? (await readAdminToken(config.dataDir));
  if (token !== null) return new Rest(base, token);
  await reach(base, '/livez', {});
  throw new Failure(
    `no admin token: there is no ${config.dataDir}/admin-token, so set DATA_DIR to the running server's directory, or API_AUTH_TOKEN to its token`,
    { code: 'unauthorized' },
  );
}

function baseOf({ httpHost, httpPort }: Config): string {
  if (httpPort === 0) throw new Failure('HTTP_PORT=0 names no server: say the port that `serve` printed, e.g. --http-port 8000');
  const host = httpHost === '0.0.0.0' ? '127.0.0.1' : httpHost === '::' ? '::1' : httpHost;
  return `http://${host.includes(':') ? `[${host}]` : host}:${httpPort}`;
}

async function reach(base: string, path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(base + path, { ...init, redirect: 'error', signal: AbortSignal.timeout(REQUEST_MS) });
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const why = cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : oneLine(cause);
    throw new Failure(`no server at ${base} (${why}): start it with \`ping-system serve\`, or name another with --http-host and --http-port`, {
      code: 'unreachable',
    });
  }
}

function refusal(what: string, status: number, value: unknown): Failure {
  const problem: Record<string, unknown> = typeof value === 'object' && value !== null ? { ...value } : {};
  const code = typeof problem['code'] === 'string' ? problem['code'] : `http_${status}`;
  const detail = typeof problem['detail'] === 'string' ? problem['detail'] : `the server answered ${status}`;
  const errors = Array.isArray(problem['errors'])
    ? problem['errors'].map((e: { pointer?: string; message?: string }) => `${e.pointer} ${e.message}`.trim())
    : [];
  const told = [detail.replace(/\.$/, ''), ...errors.filter((e) => !detail.includes(e))].join('; ');
  const todo = WHAT_TO_DO[code];
  return new Failure(`refused: ${told} (${code})${todo === undefined ? '' : ` — ${todo}`}`, { request: what, ...problem, code, detail });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
