import Type, { type Static, type TObject, type TSchema } from 'typebox';
import { type Fault, type Parsed, parser } from '#schemas/validator.ts';
import type { Page, SortedPage } from '#storage/reads.ts';

/** The only place that turns strings into other types: query strings carry nothing else. */

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 200;

/** What every list takes. */
export const pageFields = {
  limit: Type.Optional(Type.Integer({ minimum: 1, description: `Items a page, ${DEFAULT_LIMIT} unless said, shortened to ${MAX_LIMIT}` })),
  cursor: Type.Optional(Type.String({ maxLength: 200, description: 'next_cursor of the page before' })),
};

/** Coerces by the schema's own types, then validates; a parameter given twice is a fault, unknown ones are ignored. */
export function queryParser<T extends TObject>(schema: T): (raw: unknown) => Parsed<Static<T>> {
  const parse = parser(schema);
  return (raw) => {
    const given = raw as Record<string, unknown>; // as: Fastify's query string parser gives nothing else
    const faults: Fault[] = [];
    const coerced: Record<string, unknown> = {};
    for (const [name, property] of Object.entries<TSchema>(schema.properties)) {
      const value = given[name];
      if (value === undefined) continue;
      if (typeof value === 'string' && value.includes('\0')) faults.push({ pointer: `/${name}`, message: 'must not contain NUL' });
      else if (typeof value === 'string') coerced[name] = coerce(property, value);
      else faults.push({ pointer: `/${name}`, message: 'is given more than once' });
    }
    return faults.length > 0 ? { ok: false, faults } : parse(coerced);
  };
}

/** A string that does not look like the wanted type stays a string, for the schema to refuse. */
function coerce(schema: TSchema, value: string): unknown {
  const type = 'type' in schema ? schema.type : undefined;
  // Whatever its length, for the schema's bounds to judge; beyond what a number holds it is the largest.
  if (type === 'integer' && /^-?\d+$/.test(value)) return Math.max(-Number.MAX_VALUE, Math.min(Number(value), Number.MAX_VALUE));
  if (type === 'boolean' && (value === 'true' || value === 'false')) return value === 'true';
  return value;
}

/** A cursor names its list and the last id shown; opaque to clients so that it can change. */
export const cursorOf = (list: string, last: number): string => Buffer.from(`${list}:${last}`).toString('base64url');

/** The page a list's query asks for, or what is wrong with it. */
export function pageOf(list: string, query: { limit?: number | undefined; cursor?: string | undefined }): Page | Fault {
  const limit = Math.min(query.limit ?? DEFAULT_LIMIT, MAX_LIMIT);
  if (query.cursor === undefined) return { limit, beyond: null };
  const match = /^([a-z]+):(\d{1,16})$/.exec(Buffer.from(query.cursor, 'base64url').toString('latin1'));
  const beyond = Number(match?.[2]);
  if (match?.[1] !== list || !Number.isSafeInteger(beyond)) return { pointer: '/cursor', message: 'is not a cursor of this list' };
  return { limit, beyond };
}

/**
 * The page of a list sorted by `sort`, or what is wrong with it: a cursor of another list or another order is none of this one. A cursor carries the value
 * and the id, which settles ties, of the last row shown: rows that come or go meanwhile move nothing.
 */
export function sortedPageOf(list: string, sort: string, query: { limit?: number | undefined; cursor?: string | undefined }): SortedPage | Fault {
  const limit = Math.min(query.limit ?? DEFAULT_LIMIT, MAX_LIMIT);
  if (query.cursor === undefined) return { limit, beyond: null };
  const parts = Buffer.from(query.cursor, 'base64url').toString('latin1').split(':');
  const [, , value = '', id = ''] = parts;
  const isOurs = parts.length === 4 && parts[0] === list && parts[1] === sort && /^(-?\d{1,16}|none)$/.test(value) && /^\d{1,16}$/.test(id);
  if (!isOurs || !Number.isSafeInteger(Number(id))) return { pointer: '/cursor', message: 'is not a cursor of this list in this order' };
  return { limit, beyond: { value: value === 'none' ? null : Number(value), id: Number(id) } };
}

/** As pageBody; `sortedBy`: what a row is sorted by. */
export function sortedPage<T extends { id: number }>(list: string, sort: string, limit: number, rows: readonly T[], sortedBy: (row: T) => number | null) {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  if (rows.length <= limit || last === undefined) return { items, next_cursor: null };
  return { items, next_cursor: Buffer.from(`${list}:${sort}:${sortedBy(last) ?? 'none'}:${last.id}`).toString('base64url') };
}

/** A page's body from one row more than was asked for: the extra row says that there is a next page. */
export function pageBody<T extends { id: number }>(list: string, limit: number, rows: readonly T[]): { items: T[]; next_cursor: string | null } {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, next_cursor: rows.length > limit && last !== undefined ? cursorOf(list, last.id) : null };
}
