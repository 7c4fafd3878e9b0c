import { createHash } from 'node:crypto';
import type { Change, Table } from '#domain/draft.ts';
import type { EventRow } from '#domain/trail.ts';

/** Masks the tokens in a text. */
export type Mask = (text: string) => string;

/** Text of people and agents, by table: whatever looks like a token in it is masked before it is kept (contract §5). */
const FREE_TEXT: { readonly [T in Table]?: readonly string[] } = {
  task: ['name', 'description', 'required_capabilities'],
  agent: ['capabilities', 'endpoint_url'],
  assignment: ['result'],
  comment: ['content'],
  notification: ['title', 'body'],
  phase: ['name'],
  todo: ['title'],
};

/** The changes as they may be kept. What has nothing to mask is given back as it is. */
export function maskChanges(changes: readonly Change[], mask: Mask): Change[] {
  return changes.map((change) => {
    const fields = FREE_TEXT[change.table];
    if (fields === undefined) return change;
    const values = (change.op === 'insert' ? change.row : change.patch) as Record<string, unknown>; // as: its columns by name
    const unclean = fields.filter((f) => !isClean(values[f], mask));
    if (unclean.length === 0) return change;
    const clean = { ...values, ...Object.fromEntries(unclean.map((f) => [f, masked(values[f], mask)])) };
    return (change.op === 'insert' ? { ...change, row: clean } : { ...change, patch: clean }) as Change; // as: the same columns, other texts
  });
}

/** Events are told as well as kept: they are masked in place. */
export function maskEvents(events: readonly EventRow[], mask: Mask): void {
  for (const event of events) {
    if (!isClean(event.data, mask)) event.data = masked(event.data, mask) as EventRow['data']; // as: keys and shape stay
    if (!isClean(event.reply, mask)) event.reply = masked(event.reply, mask);
    if (event.message_key !== null) event.message_key = keptKey(event.message_key, mask);
  }
}

/** What is kept beside an idempotency key. */
export const maskOutcome = (outcome: object, mask: Mask): object => (isClean(outcome, mask) ? outcome : (masked(outcome, mask) as object)); // as: an object's masked copy is one

/** What is only compared, as it is kept: where it holds a token, as its hash. The same is found again, and masked ones would fall together. */
export const keptKey = (key: string, mask: Mask): string => (mask(key) === key ? key : `sha256:${createHash('sha256').update(key).digest('base64url')}`);

/** Whether nothing in it is to be masked. Nearly always so, hence found out without a copy. */
function isClean(value: unknown, mask: Mask): boolean {
  if (typeof value === 'string') return mask(value) === value;
  if (typeof value !== 'object' || value === null) return true;
  if (Array.isArray(value)) return value.every((item) => isClean(item, mask));
  for (const [key, inner] of Object.entries(value)) if (mask(key) !== key || !isClean(inner, mask)) return false;
  return true;
}

/** The value with every text masked. */
function masked(value: unknown, mask: Mask): unknown {
  if (typeof value === 'string') return mask(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => masked(item, mask));
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [mask(key), masked(inner, mask)]));
}
