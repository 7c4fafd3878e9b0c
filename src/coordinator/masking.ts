import type { Change, Table } from '#domain/draft.ts';
import type { EventRow } from '#domain/model.ts';

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
export function maskChanges(changes: readonly Change[], mask: (text: string) => string): Change[] {
  return changes.map((change) => {
    const fields = FREE_TEXT[change.table];
    if (fields === undefined) return change;
    const values = (change.op === 'insert' ? change.row : change.patch) as Record<string, unknown>; // its columns by name
    const masked = fields.filter((f) => values[f] !== undefined && values[f] !== null).map((f) => [f, maskDeep(values[f], mask)] as const);
    const different = masked.filter(([f, value]) => value !== values[f]);
    if (different.length === 0) return change;
    const clean = { ...values, ...Object.fromEntries(different) };
    return (change.op === 'insert' ? { ...change, row: clean } : { ...change, patch: clean }) as Change; // the same columns, other texts
  });
}

/** Events are told as well as kept: they are masked in place. */
export function maskEvents(events: readonly EventRow[], mask: (text: string) => string): void {
  for (const event of events) {
    event.data = maskDeep(event.data, mask) as EventRow['data']; // keys and shape stay
    event.reply = maskDeep(event.reply, mask);
  }
}

/** The value with every text masked; the very same value where nothing was to mask. */
function maskDeep(value: unknown, mask: (text: string) => string): unknown {
  if (typeof value === 'string') return mask(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const items = value.map((item) => maskDeep(item, mask));
    return items.some((item, i) => item !== value[i]) ? items : value;
  }
  const entries = Object.entries(value);
  const masked = entries.map(([key, inner]) => [mask(key), maskDeep(inner, mask)] as const);
  return masked.some(([key, inner], i) => key !== entries[i]?.[0] || inner !== entries[i]?.[1]) ? Object.fromEntries(masked) : value;
}
