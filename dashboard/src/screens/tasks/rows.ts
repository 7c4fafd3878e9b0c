import { computed } from '@preact/signals';
import { agentName, assignments, deleted, isOpen, isOpenStatus, openAssignment, tasks } from '#dashboard/store.ts';
import type { Assignment, Task } from '#schemas/resources.ts';
import { OPEN_STATUSES } from '#schemas/vocabulary.ts';
import { readTasks } from './read.ts';

/** Which tasks the screen shows, where each stands, and in what order. */

export const COLUMNS = ['todo', ...OPEN_STATUSES, 'attention', 'done'] as const;
export type Column = (typeof COLUMNS)[number];
export const COLUMN_WORDS: Readonly<Record<Column, string>> = {
  todo: 'To do',
  pending: 'Pending',
  acknowledged: 'Acknowledged',
  snoozed: 'Snoozed',
  attention: 'Needs attention',
  done: 'Done',
};

export const SORTS = {
  next: 'Next moment',
  '-priority': 'Priority, highest first',
  priority: 'Priority, lowest first',
  deadline: 'Deadline, soonest first',
  '-deadline': 'Deadline, latest first',
  '-created_at': 'Newest first',
  created_at: 'Oldest first',
} as const;
type Sort = keyof typeof SORTS;

/** Nobody holds it: a value of the filter by agent that is no agent's name. */
export const NOBODY = '-';

export interface Row {
  readonly task: Task;
  readonly assignment: Assignment | undefined;
  readonly column: Column;
  /** The moment at which something happens next, epoch ms. Open tasks without one come after those with one, closed ones last. */
  readonly next: number;
}

export interface Filter {
  readonly q: string;
  readonly status: string;
  readonly agent: string;
  readonly attention: string;
  readonly sort: Sort;
}

export function filterOf(fields: Readonly<Record<string, string>>): Filter {
  const { q = '', status = '', agent = '', needs_attention = '', sort = 'next' } = fields;
  return { q, status, agent, attention: needs_attention, sort: sort in SORTS ? (sort as Sort) : 'next' }; // as: just looked up
}

function columnOf(task: Task, assignment: Assignment | undefined): Column {
  if (!isOpen(task)) return 'done';
  if (task.needs_attention !== null) return 'attention';
  return assignment !== undefined && isOpenStatus(assignment.status) ? assignment.status : 'todo';
}

const made = new WeakMap<Task, Row>();

/** The same row as long as task and assignment are the same: who draws it need not draw it again. */
function rowOf(task: Task): Row {
  const assignment = isOpen(task) ? openAssignment(task.id) : undefined;
  const known = made.get(task);
  if (known !== undefined && known.assignment === assignment) return known;
  const row = newRow(task, assignment);
  made.set(task, row);
  return row;
}

function newRow(task: Task, assignment: Assignment | undefined): Row {
  return { task, assignment, column: columnOf(task, assignment), next: nextOf(task, assignment) };
}

function nextOf(task: Task, assignment: Assignment | undefined): number {
  if (!isOpen(task)) return Number.POSITIVE_INFINITY;
  const moment = assignment?.status === 'snoozed' ? assignment.snooze_until : assignment?.respond_by;
  const next = moment ?? task.deadline;
  return next === null ? Number.MAX_SAFE_INTEGER : Date.parse(next);
}

export const rows = computed((): readonly Row[] => {
  void assignments.value; // openAssignment() reads it, too, but not where there is no task
  const known = new Map([...readTasks.value, ...tasks.value]);
  return [...known.values()].filter(({ id }) => !deleted.value.has(id)).map(rowOf);
});

/** An id (`12`, `#12`) or a part of the name or the description. */
function isMeant(task: Task, q: string): boolean {
  if (q === '') return true;
  const text = q.toLowerCase();
  return String(task.id) === text.replace(/^#/, '') || task.name.toLowerCase().includes(text) || (task.description ?? '').toLowerCase().includes(text);
}

function holds(row: Row, agent: string): boolean {
  if (agent === '') return true;
  if (agent === NOBODY) return row.task.assigned_agent_id === null;
  const id = row.task.assigned_agent_id;
  return id !== null && (String(id) === agent || agentName(id) === agent);
}

/** `true`, `false`, or the reason. */
function isWanted({ needs_attention }: Task, attention: string): boolean {
  if (attention === '') return true;
  if (attention === 'true') return needs_attention !== null;
  return attention === 'false' ? needs_attention === null : needs_attention === attention;
}

/** Those that fit all but the column: the columns' counts are of these. */
export function fitting(found: readonly Row[], filter: Filter): readonly Row[] {
  const fit = found.filter((row) => isMeant(row.task, filter.q) && holds(row, filter.agent) && isWanted(row.task, filter.attention));
  return fit.sort((a, b) => exactly(b, filter.q) - exactly(a, filter.q) || compare(a, b, filter.sort) || b.task.id - a.task.id);
}

/** Whom the search names by its id comes first. */
const exactly = (row: Row, q: string): number => Number(q !== '' && String(row.task.id) === q.replace(/^#/, ''));

function compare(a: Row, b: Row, sort: Sort): number {
  switch (sort) {
    case 'next':
      return a.next === b.next ? b.task.priority - a.task.priority : a.next - b.next;
    case 'priority':
    case '-priority':
      return (a.task.priority - b.task.priority) * (sort === 'priority' ? 1 : -1);
    case 'deadline':
    case '-deadline':
      return byDeadline(a.task.deadline, b.task.deadline, sort === 'deadline' ? 1 : -1);
    case 'created_at':
    case '-created_at':
      return byText(a.task.created_at, b.task.created_at) * (sort === 'created_at' ? 1 : -1);
    default:
      return sort satisfies never;
  }
}

/** Tasks without a deadline come last in both orders, as in the list of the REST API. */
function byDeadline(a: string | null, b: string | null, sign: 1 | -1): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  return byText(a, b) * sign;
}

/** ISO 8601 in UTC sorts by its characters. */
const byText = (a: string, b: string): number => Number(a > b) - Number(a < b);
