import type { Problem } from '#schemas/answers.ts';
import type { Code } from '#schemas/vocabulary.ts';
import { serverSaid } from './time.ts';

/**
 * The REST API, by the session's cookie. `get`, `post`, `patch`, `del` give the body; `read` also the ETag, for `If-Match`.
 * What the server refuses is an ApiProblem (problem+json); what did not arrive is Unreachable. `told(error)` makes a sentence of either.
 */

export class ApiProblem extends Error {
  readonly status: number;
  readonly code: Code | 'unknown';
  readonly problem: Partial<Problem>;

  constructor(status: number, problem: Partial<Problem>) {
    super(problem.detail ?? problem.title ?? `The server answered ${status}`);
    this.status = status;
    this.code = problem.code ?? 'unknown';
    this.problem = problem;
  }

  /** What is wrong with the field of this name, or undefined. */
  fault(field: string): string | undefined {
    return this.problem.errors?.find(({ pointer }) => pointer === `/${field}` || pointer.startsWith(`/${field}/`))?.message;
  }
}

/** No answer: the server is down, the network is gone, or it took too long. The request may have been carried out all the same. */
export class Unreachable extends Error {}

const TIMEOUT_MS = 15_000;

export interface Page<T> {
  readonly items: T[];
  readonly next_cursor: string | null;
}

export interface Options {
  readonly body?: object | undefined;
  /** An ETag: the change is refused (412 `conflict`) if somebody changed the thing meanwhile. */
  readonly ifMatch?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** The page may be closing: let the request outlive it. */
  readonly keepalive?: boolean | undefined;
}

let onUnauthorized = (): void => {};
/** Called when the session turns out to have ended. */
export function whenUnauthorized(call: () => void): void {
  onUnauthorized = call;
}

/** A request and its answer with the ETag. A POST carries an Idempotency-Key of its own. */
export async function request<T>(method: string, path: string, { body, ifMatch, signal, keepalive }: Options = {}): Promise<{ body: T; etag: string | null }> {
  const headers = new Headers({ accept: 'application/json' });
  if (body !== undefined) headers.set('content-type', 'application/json');
  if (ifMatch !== undefined) headers.set('if-match', ifMatch);
  if (method === 'POST' && path !== '/session') headers.set('idempotency-key', newKey());
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  const init: RequestInit = { method, headers, credentials: 'same-origin', cache: 'no-store', signal: signal ? AbortSignal.any([signal, timeout]) : timeout };
  if (body !== undefined) init.body = JSON.stringify(body);
  if (keepalive === true) init.keepalive = true;
  const sent = Date.now();
  const response = await fetch(path, init).catch((error) => {
    if (signal?.aborted === true) throw error;
    throw new Unreachable('The server cannot be reached');
  });
  serverSaid(response.headers.get('date'), sent, Date.now());
  const text = await response.text().catch(() => {
    throw new Unreachable('The answer broke off');
  });
  const read = parsed(text);
  if (response.ok) return { body: read as T, etag: response.headers.get('etag') }; // as: the path says what it answers
  if (response.status === 401 && path !== '/session') onUnauthorized();
  throw new ApiProblem(response.status, typeof read === 'object' && read !== null ? read : {});
}

export const read = <T>(path: string, options?: Options): Promise<{ body: T; etag: string | null }> => request<T>('GET', path, options);
export const get = async <T>(path: string, options?: Options): Promise<T> => (await request<T>('GET', path, options)).body;
export const post = async <T>(path: string, body: object = {}, options?: Options): Promise<T> => (await request<T>('POST', path, { ...options, body })).body;
export const patch = async <T>(path: string, body: object, options?: Options): Promise<T> => (await request<T>('PATCH', path, { ...options, body })).body;
export const del = async <T>(path: string, options?: Options): Promise<T> => (await request<T>('DELETE', path, options)).body;

/** A list from its beginning, page by page, at most so many items. `path` may have a query. */
export async function all<T>(path: string, most: number, options?: Options): Promise<{ items: T[]; isCut: boolean }> {
  const items: T[] = [];
  const joint = path.includes('?') ? '&' : '?';
  let cursor: string | null = null;
  do {
    const page: Page<T> = await get(`${path}${joint}limit=200${cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`}`, options);
    items.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor !== null && items.length < most);
  return { items, isCut: cursor !== null };
}

/** `?a=1&b=2` of what is set; empty where nothing is. */
export function query(fields: Readonly<Record<string, string | number | boolean | null | undefined>>): string {
  const set = Object.entries(fields).filter(([, value]) => value !== undefined && value !== null && value !== '');
  return set.length === 0 ? '' : `?${new URLSearchParams(set.map(([key, value]) => [key, String(value)]))}`;
}

/** What went wrong, as a sentence for people. */
export function told(error: unknown): string {
  if (error instanceof ApiProblem) {
    const faults = error.problem.errors?.map(({ pointer, message }) => `${pointer.slice(1) || 'it'} ${message}`).join('; ');
    return faults === undefined || faults === '' ? error.message : `${error.problem.title ?? 'Not valid'}: ${faults}`;
  }
  return error instanceof Error ? error.message : String(error);
}

/** `crypto.randomUUID` is there on https and localhost alone. */
const newKey = (): string => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');

function parsed(text: string): unknown {
  try {
    return text === '' ? {} : JSON.parse(text);
  } catch {
    return { detail: 'The answer could not be read: is there something else in front of the server?' };
  }
}
