import { computed, effect, signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { all, get, type Page, query } from '#dashboard/api.ts';
import { agentName, assignments, isFresh, isOpen, isTruncated, me, onEvents, openAssignment, tasks } from '#dashboard/store.ts';
import { failed } from '#dashboard/toast.tsx';
import type { Assignment, Task } from '#schemas/resources.ts';

/** Which tasks the screen shows, where each stands, and in what order: pure but for the closed tasks, which the feed does not tell and REST does. */

export const COLUMNS = ['todo', 'pending', 'acknowledged', 'snoozed', 'attention', 'done'] as const;
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
export type Sort = keyof typeof SORTS;

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

/** What only REST tells: closed tasks, and what the search found beyond what is held here. */
const beside = signal<ReadonlyMap<number, Task>>(new Map());
const gone = signal<ReadonlySet<number>>(new Set());
/** Of each of both. */
const MAX_BESIDE = 5000;

// Whoever logs in next is told nothing of what the one before could see.
effect(() => {
  if (me.value !== null) return;
  beside.value = new Map();
  gone.value = new Set();
});

function keep(items: readonly Task[]): void {
  const next = new Map(beside.value);
  for (const task of items) {
    next.delete(task.id); // so that it is among the last
    next.set(task.id, task);
  }
  beside.value = next.size <= MAX_BESIDE ? next : new Map([...next].slice(-MAX_BESIDE));
}

/** Tasks that were deleted just now. */
export function drop(...ids: readonly number[]): void {
  if (ids.length > 0) gone.value = new Set([...gone.value, ...ids].slice(-MAX_BESIDE));
}

export function columnOf(task: Task, assignment: Assignment | undefined): Column {
  if (!isOpen(task)) return 'done';
  if (task.needs_attention !== null) return 'attention';
  const status = assignment?.status;
  return status === 'pending' || status === 'acknowledged' || status === 'snoozed' ? status : 'todo';
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
  const moment = assignment?.status === 'snoozed' ? assignment.snooze_until : assignment?.respond_by;
  const next = moment ?? (isOpen(task) ? task.deadline : null);
  return {
    task,
    assignment,
    column: columnOf(task, assignment),
    next: next == null ? (isOpen(task) ? Number.MAX_SAFE_INTEGER : Number.POSITIVE_INFINITY) : Date.parse(next),
  };
}

export const rows = computed((): readonly Row[] => {
  void assignments.value; // openAssignment() reads it, too, but not where there is no task
  const known = new Map([...beside.value, ...tasks.value]);
  return [...known.values()].filter(({ id }) => !gone.value.has(id)).map(rowOf);
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

const isWanted = (task: Task, attention: string): boolean =>
  attention === '' ||
  (attention === 'true' ? task.needs_attention !== null : attention === 'false' ? task.needs_attention === null : task.needs_attention === attention);

/** Those that fit all but the column: the columns' counts are of these. */
export const fitting = (found: readonly Row[], filter: Filter): readonly Row[] => {
  const fit = found.filter((row) => isMeant(row.task, filter.q) && holds(row, filter.agent) && isWanted(row.task, filter.attention));
  return fit.sort((a, b) => exactly(b, filter.q) - exactly(a, filter.q) || compare(a, b, filter.sort) || b.task.id - a.task.id);
};

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
const byText = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1);

const PAGE = 100;
const FOUND_MAX = 200;
const SEARCH_MS = 250;
const cursor = signal<string | null>(null);
/** What was searched for and found in more tasks than were read. */
export const cutSearch = signal<string | null>(null);
const hasMoreCancelled = signal(false);

/** There are older closed tasks than are shown. */
export const hasOlder = computed(() => cursor.value !== null);
/** Every closed task is held here. */
export const isAllClosed = computed(() => cursor.value === null && !hasMoreCancelled.value);

async function readDone(after: string | null): Promise<void> {
  const page = await get<Page<Task>>(`/tasks${query({ status: 'done', limit: PAGE, cursor: after })}`);
  keep(page.items);
  cursor.value = page.next_cursor;
}
export const readOlder = (): Promise<void> => readDone(cursor.value).catch(failed);

/** Reads what is closed, and again whenever the connection was taken up; and what a search finds on the server when it is typed. */
export function useBeside(q: string): void {
  const isHere = isFresh.value;
  useEffect(() => {
    if (!isHere) return;
    void readDone(null).catch(failed);
    void all<Task>('/tasks?status=cancelled', 1).then(({ items, isCut }) => {
      hasMoreCancelled.value = isCut;
      keep(items);
    }, failed);
    if (isTruncated.value) void all<Task>('/tasks?needs_attention=true', FOUND_MAX).then(({ items }) => keep(items), failed);
  }, [isHere]);
  useEffect(() => onEvents((messages) => drop(...messages.flatMap(({ event }) => (event.kind === 'task.deleted' ? (event.task_id ?? []) : [])))), []);
  useEffect(() => {
    if (q.trim() === '') return;
    const stop = new AbortController();
    const timer = setTimeout(() => void search(q.trim(), stop.signal), SEARCH_MS);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [q]);
}

async function search(q: string, signal: AbortSignal): Promise<void> {
  const id = /^#?(\d{1,15})$/.exec(q)?.[1];
  const found = await Promise.all(
    [
      all<Task>(`/tasks${query({ q: q.slice(0, 200) })}`, FOUND_MAX, { signal }).then(({ items, isCut }) => {
        cutSearch.value = isCut ? q : null;
        return items;
      }),
      id === undefined ? [] : get<Task>(`/tasks/${id}`, { signal }).then((task) => [task]),
    ].map((reading) => Promise.resolve(reading).catch(() => [])),
  );
  if (!signal.aborted) keep(found.flat());
}
