import type { Change, RowOf, Table } from '#domain/draft.ts';
import { lockEvents } from './ids.ts';
import { jsonText } from './json.ts';
import { insertOf, updateOf } from './sql.ts';
import { dialectOf, type Em, inList, run } from './statement.ts';

/** What is left of the changes of one table when several to the same row are one. */
interface Merged {
  readonly inserts: Map<number, object>;
  readonly updates: Map<number, Record<string, unknown>>;
}

/**
 * Writes the changes of a batch with one statement per table and kind, in the transaction of `em`. Later changes of a row win over earlier ones.
 * Assignments close before new ones open (one open assignment per task), and events come last, under the event lock on PostgreSQL.
 * Throws on a broken constraint (a programming error) or on a storage failure (see errors.ts); either way the transaction must be rolled back.
 */
export async function writeChanges(em: Em, changes: readonly Change[]): Promise<void> {
  const tables = merge(changes);
  for (const table of ['agent', 'task'] as const) {
    await insert(em, table, rowsOf(tables, table));
    await update(em, table, patchesOf(tables, table));
  }
  await writeBlockers(em, rowsOf(tables, 'task'), patchesOf(tables, 'task'));
  const [closing, others] = partition(patchesOf(tables, 'assignment'), closes);
  await update(em, 'assignment', closing);
  await update(em, 'assignment', others);
  await insert(em, 'assignment', rowsOf(tables, 'assignment'));
  for (const table of ['ping', 'webhook', 'comment', 'phase', 'todo', 'notification'] as const) {
    await insert(em, table, rowsOf(tables, table));
    await update(em, table, patchesOf(tables, table));
  }
  await update(em, 'event', patchesOf(tables, 'event'));
  const events = rowsOf(tables, 'event');
  if (events.length > 0) await lockEvents(em);
  await insert(em, 'event', events);
}

type Patch = Record<string, unknown> & { readonly id: number };

function merge(changes: readonly Change[]): Map<Table, Merged> {
  const tables = new Map<Table, Merged>();
  for (const change of changes) {
    const merged = tables.get(change.table) ?? { inserts: new Map(), updates: new Map() };
    tables.set(change.table, merged);
    if (change.op === 'insert') merged.inserts.set(change.row.id, change.row);
    else mergePatch(merged, change.id, change.patch);
  }
  return tables;
}

function mergePatch({ inserts, updates }: Merged, id: number, patch: object): void {
  const inserted = inserts.get(id);
  if (inserted) inserts.set(id, { ...inserted, ...patch, id });
  else {
    const before = updates.get(id);
    updates.set(id, before === undefined ? { id, ...patch } : { ...before, ...patch });
  }
}

function rowsOf(tables: ReadonlyMap<Table, Merged>, table: Table): object[] {
  return [...(tables.get(table)?.inserts.values() ?? [])];
}

function patchesOf(tables: ReadonlyMap<Table, Merged>, table: Table): Patch[] {
  // as: mergePatch gives every one its id
  return [...(tables.get(table)?.updates.values() ?? [])] as Patch[];
}

const closes = (patch: Patch): boolean => patch['status'] === 'completed' || patch['status'] === 'failed';

function partition<T>(items: readonly T[], is: (item: T) => boolean): [T[], T[]] {
  return [items.filter(is), items.filter((item) => !is(item))];
}

async function insert(em: Em, table: Table, rows: readonly object[]): Promise<void> {
  for (const [columns, group] of byColumns(rows)) {
    for (const { sql, params } of insertOf(dialectOf(em), table, columns)(group)) await run(em, sql, params);
  }
}

async function update(em: Em, table: Table, patches: readonly Patch[]): Promise<void> {
  for (const [columns, group] of byColumns(patches)) {
    if (columns.length === 1) continue;
    for (const { sql, params } of updateOf(dialectOf(em), table, columns)(group)) await run(em, sql, params);
  }
}

/** Records with the same keys, in the same order, together: each group is one statement. Patches begin with their id. */
function byColumns(records: readonly object[]): Iterable<[string[], object[]]> {
  const groups = new Map<string, [string[], object[]]>();
  let last: [string[], object[]] | undefined;
  for (const record of records) {
    if (last === undefined || !hasColumns(record, last[0])) {
      const columns = Object.keys(record);
      const signature = columns.join();
      last = groups.get(signature) ?? [columns, []];
      groups.set(signature, last);
    }
    last[1].push(record);
  }
  return groups.values();
}

/** Neighbours mostly have the same columns; this is found out for less than a signature costs. */
function hasColumns(record: object, columns: readonly string[]): boolean {
  let i = 0;
  for (const name in record) if (name !== columns[i++]) return false;
  return i === columns.length;
}

/** `blocked_by` the other way round, for every task that was inserted with blockers or whose blockers were set. */
async function writeBlockers(em: Em, rows: readonly object[], patches: readonly Patch[]): Promise<void> {
  const set = patches.filter((patch) => patch['blocked_by'] !== undefined);
  const pairs = [...rows, ...set].flatMap((record) => {
    // as: these are rows of tasks and patches of them
    const { id, blocked_by = [] } = record as Partial<RowOf['task']>;
    return [...new Set(blocked_by)].map((blocker) => ({ task_id: id, blocker_id: blocker }));
  });
  const dialect = dialectOf(em);
  if (set.length > 0) await run(em, `delete from task_blocker where ${inList(dialect, 'task_id')}`, [jsonText(set.map((patch) => patch.id))]);
  if (pairs.length > 0) await run(em, INSERT_BLOCKERS[dialect], [jsonText(pairs)]);
}

const INSERT_BLOCKERS = {
  sqlite: `insert into task_blocker (task_id, blocker_id) select json_extract(value, '$.task_id'), json_extract(value, '$.blocker_id') from json_each(?)`,
  postgresql:
    'insert into task_blocker (task_id, blocker_id) select task_id, blocker_id from jsonb_to_recordset(?::jsonb) as j(task_id bigint, blocker_id bigint)',
} as const;
