import { OPEN_STATUSES } from '#schemas/vocabulary.ts';
import type { Param } from './statement.ts';

/** The `where` of a read as it grows: every condition is a constant text with its parameters. */
export interface Conditions {
  readonly where: string;
  readonly params: readonly Param[];
}

export const ALL: Conditions = { where: 'true', params: [] };

export const and = (to: Conditions, condition: string, ...params: Param[]): Conditions => ({
  where: `${to.where} and ${condition}`,
  params: [...to.params, ...params],
});

/** Open assignments. Word for word the predicate of the partial indexes, or SQLite would not use them. */
export const IS_OPEN = `status in (${OPEN_STATUSES.map((status) => `'${status}'`).join(', ')})`;

/** Escalations of which nobody knows yet what they come to (schemas/stats.ts). Word for word the predicate of their index, too. */
export const IS_UNDECIDED = `${IS_OPEN} and escalated_reason is not null and acknowledged_at is null and silent_since is null`;

/** Assignments that somebody else than their holder closed. Word for word the predicate of their index, too. */
export const IS_TAKEN = 'closed_at is not null and not closed_by_holder';

/** Tasks that are neither over nor deleted. @param task the table's name or alias in the statement */
export const isOpenTask = (task: string): string => `${task}.deleted_at is null and ${task}.status in ('todo', 'in_progress')`;

/** A pattern for `like … escape '\\'` that finds this text anywhere. */
export const likeOf = (text: string): string => `%${text.replace(/[\\%_]/g, '\\$&')}%`;
