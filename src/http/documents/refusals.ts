import { rulesOf } from '#http/auth/access.ts';
import type { DeclaredRoute } from '#http/operation.ts';
import { CODES, type Code } from '#schemas/vocabulary.ts';

/** What every operation may answer besides, whoever asks: it was sent to another host, or it failed on our side. */
const EVERYWHERE: readonly (readonly [number, Code])[] = [
  [421, 'forbidden'],
  [500, 'internal_error'],
];

/** Every refusal of an operation: what it says itself, and what follows from how it is declared. Status → codes, both in order. */
export function refusalsOf({ method, operation }: DeclaredRoute): ReadonlyMap<number, readonly Code[]> {
  const own = (operation.refuses ?? []).map((one) => (typeof one === 'string' ? ([CODES[one].status, one] as const) : one));
  const found = new Map<number, Set<Code>>();
  for (const [status, code] of [...own, ...implied(method, operation), ...EVERYWHERE]) found.set(status, (found.get(status) ?? new Set()).add(code));
  return new Map([...found].sort(([a], [b]) => a - b).map(([status, codes]) => [status, [...codes].sort()]));
}

function* implied(method: string, operation: DeclaredRoute['operation']): Generator<readonly [number, Code]> {
  const { may, missing, security, query, anyQuery, takes } = operation;
  if (security.length > 0) {
    yield [401, 'unauthorized'];
    yield [429, 'rate_limited'];
  }
  if (takes?.includes('idempotency-key') === true) {
    yield [409, 'conflict'];
    yield [422, 'conflict'];
  }
  if (method !== 'GET' && security.includes('session')) yield [403, 'forbidden']; // a foreign Origin
  if (may !== undefined) {
    const rules = Object.values(rulesOf(may));
    if (rules.some((rule) => rule === 'never' || rule === 'be_self')) yield [403, 'forbidden'];
    if (rules.includes('hidden')) yield [404, missing ?? 'not_found'];
  }
  if (missing !== undefined) yield [404, missing];
  if ((query !== undefined && anyQuery !== true) || method !== 'GET') yield [400, 'invalid_payload'];
  if (method === 'GET') return;
  yield [413, 'payload_too_large'];
  yield [415, 'invalid_payload'];
  yield [503, 'not_ready'];
  yield [507, 'storage_full'];
}
