import Type from 'typebox';
import type { Fault } from '#schemas/validator.ts';
import type { Page, SortedPage } from '#storage/reads/reads.ts';
import type { Answer } from './answer.ts';
import { invalid, isProblem, type Problem } from './problem.ts';

/** Lists, page by page. A cursor names its list and the last row shown; it is opaque to clients so that it can change. */

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 200;

/** What every list takes. */
export const pageFields = {
  limit: Type.Optional(Type.Integer({ minimum: 1, description: `Items a page, ${DEFAULT_LIMIT} unless said, shortened to ${MAX_LIMIT}` })),
  cursor: Type.Optional(Type.String({ maxLength: 200, description: 'next_cursor of the page before' })),
};
interface PageQuery {
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

/** The query of a list that takes nothing else. */
export const PageOnly = Type.Object(pageFields);

const limitOf = (query: PageQuery): number => Math.min(query.limit ?? DEFAULT_LIMIT, MAX_LIMIT);
const written = (...parts: readonly (string | number)[]): string => Buffer.from(parts.join(':')).toString('base64url');
const read = (cursor: string): string => Buffer.from(cursor, 'base64url').toString('latin1');

/** The cursor of a list by id, behind the row with this one. */
export const cursorOf = (list: string, last: number): string => written(list, last);

/** The page that the query of a list by id asks for, or what is wrong with its cursor. */
export function pageOf(list: string, query: PageQuery): Page | Fault {
  const limit = limitOf(query);
  if (query.cursor === undefined) return { limit, beyond: null };
  const match = /^([a-z]+):(\d{1,16})$/.exec(read(query.cursor));
  const beyond = Number(match?.[2]);
  if (match?.[1] !== list || !Number.isSafeInteger(beyond)) return { pointer: '/cursor', message: 'is not a cursor of this list' };
  return { limit, beyond };
}

/** A page's body from one row more than was asked for: the extra row says that there is a next page. */
export function pageBody<T extends { id: number }>(list: string, limit: number, rows: readonly T[]): { items: T[]; next_cursor: string | null } {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, next_cursor: rows.length > limit && last !== undefined ? cursorOf(list, last.id) : null };
}

/** A page of a list by id: of the rows that `rowsOf` gives, up to one more than fits; or what stands in the way. */
export async function pageAnswer<T extends { id: number }>(
  list: string,
  query: PageQuery,
  rowsOf: (page: Page) => Promise<readonly T[] | Problem>,
): Promise<Answer | Problem> {
  const page = pageOf(list, query);
  if ('pointer' in page) return invalid([page], 'The query');
  const rows = await rowsOf(page);
  return isProblem(rows) ? rows : { body: pageBody(list, page.limit, rows) };
}

/** A list in an order of its own. */
interface Sorted<T> {
  readonly list: string;
  readonly sort: string;
  /** What a row is sorted by; null: it has none. */
  readonly by: (row: T) => number | null;
}

/**
 * A page of a sorted list; otherwise as `pageAnswer`. A cursor carries the value and the id, which settles ties, of the last row shown: rows that come
 * or go meanwhile move nothing.
 */
export async function sortedPageAnswer<T extends { id: number }>(
  sorted: Sorted<T>,
  query: PageQuery,
  rowsOf: (page: SortedPage) => Promise<readonly T[] | Problem>,
): Promise<Answer | Problem> {
  const page = sortedPageOf(sorted, query);
  if ('pointer' in page) return invalid([page], 'The query');
  const rows = await rowsOf(page);
  if (isProblem(rows)) return rows;
  const { list, sort, by } = sorted;
  const items = rows.slice(0, page.limit);
  const last = items.at(-1);
  return { body: { items, next_cursor: rows.length > page.limit && last !== undefined ? written(list, sort, by(last) ?? NONE, last.id) : null } };
}
/** In a cursor: the last row shown has no value. */
const NONE = 'none';

/** A cursor of another list, or of this one in another order, is none of this one. */
function sortedPageOf({ list, sort }: Pick<Sorted<never>, 'list' | 'sort'>, query: PageQuery): SortedPage | Fault {
  const limit = limitOf(query);
  if (query.cursor === undefined) return { limit, beyond: null };
  const parts = read(query.cursor).split(':');
  const [, , value = '', id = ''] = parts;
  const isOurs = parts.length === 4 && parts[0] === list && parts[1] === sort && /^(-?\d{1,16}|none)$/.test(value) && /^\d{1,16}$/.test(id);
  if (!isOurs || !Number.isSafeInteger(Number(id))) return { pointer: '/cursor', message: 'is not a cursor of this list in this order' };
  return { limit, beyond: { value: value === NONE ? null : Number(value), id: Number(id) } };
}
