import { BigIntType, BooleanType, FloatType, IntegerType, JsonType } from '@mikro-orm/core';
import type { RowOf, Table } from '#domain/draft.ts';
import { Agent } from './entities/agent.ts';
import { Assignment } from './entities/assignment.ts';
import { Comment } from './entities/comment.ts';
import { Event } from './entities/event.ts';
import { Notification } from './entities/notification.ts';
import { Phase } from './entities/phase.ts';
import { Ping } from './entities/ping.ts';
import { Task } from './entities/task.ts';
import { Todo } from './entities/todo.ts';
import { Webhook } from './entities/webhook.ts';

/** How a column is kept: `json` is text on SQLite and jsonb on PostgreSQL, `boolean` 0 or 1 on SQLite, `bigint` int8 on PostgreSQL. */
export type Kind = 'bigint' | 'integer' | 'float' | 'boolean' | 'json' | 'text';
export interface Column {
  readonly name: string;
  readonly kind: Kind;
}
/** What this file needs of an entity: one property per column of the row, and nothing else. */
interface Described<Row> {
  readonly properties: { readonly [C in keyof Row]: unknown };
  readonly meta: { readonly properties: object };
}

/** The columns of each table in declared order, read from the entities, so that there is one list of them. */
export const COLUMNS: { readonly [T in Table]: readonly Column[] } = {
  agent: columnsOf<RowOf['agent']>(Agent),
  task: columnsOf<RowOf['task']>(Task),
  assignment: columnsOf<RowOf['assignment']>(Assignment),
  ping: columnsOf<RowOf['ping']>(Ping),
  webhook: columnsOf<RowOf['webhook']>(Webhook),
  comment: columnsOf<RowOf['comment']>(Comment),
  phase: columnsOf<RowOf['phase']>(Phase),
  todo: columnsOf<RowOf['todo']>(Todo),
  notification: columnsOf<RowOf['notification']>(Notification),
  event: columnsOf<RowOf['event']>(Event),
};

const KIND_OF: { readonly [T in Table]: ReadonlyMap<string, Kind> } = {
  agent: kindsOf('agent'),
  task: kindsOf('task'),
  assignment: kindsOf('assignment'),
  ping: kindsOf('ping'),
  webhook: kindsOf('webhook'),
  comment: kindsOf('comment'),
  phase: kindsOf('phase'),
  todo: kindsOf('todo'),
  notification: kindsOf('notification'),
  event: kindsOf('event'),
};

/** The kind of a column; throws for a name that is no column, so that no statement is ever built from a stray key. */
export function kindOf(table: Table, column: string): Kind {
  const kind = KIND_OF[table].get(column);
  if (kind === undefined) throw new Error(`${table} has no column ${column}`);
  return kind;
}

function kindsOf(table: Table): ReadonlyMap<string, Kind> {
  return new Map(COLUMNS[table].map((column) => [column.name, column.kind]));
}

function columnsOf<Row>(entity: Described<Row>): readonly Column[] {
  return Object.entries(entity.meta.properties).map(([name, property]) => ({ name, kind: kindOfType(property) }));
}

function kindOfType(property: { kind?: unknown; type?: unknown }): Kind {
  if (property.kind === 'm:1') return 'bigint';
  const is = (type: abstract new () => unknown): boolean => property.type === type || property.type instanceof type;
  if (is(BigIntType)) return 'bigint';
  if (is(IntegerType)) return 'integer';
  if (is(FloatType)) return 'float';
  if (is(BooleanType)) return 'boolean';
  if (is(JsonType)) return 'json';
  return 'text';
}
