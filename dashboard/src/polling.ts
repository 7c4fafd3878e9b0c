import type { Agent, Assignment, Event, Task } from '#schemas/resources.ts';
import { all, get, type Page } from './api.ts';
import { takeBeats } from './beats.ts';
import { agents, assignments, learn, openTasks, takeEvents, takeSnapshot } from './store.ts';

/** What is asked for over REST every few seconds: heartbeats, and where WebSockets are blocked everything that changed. */

/** Of agents and of tasks; the feed tells no more of them. */
const MAX_READ = 5000;
const HISTORY = 200;
/** So many are read with each poll. */
const MAX_ASSIGNMENTS = 20;

/** What happened last, newest first. */
export const newest = async (): Promise<Event[]> => (await get<Page<Event>>(`/events?order=desc&limit=${HISTORY}`)).items;

/**
 * The heartbeats of these agents (null: of all).
 * What the feed told meanwhile may be newer than this answer: but for agents that were not known, only the heartbeat is taken from it.
 */
export async function readBeats(ids: readonly (number | null)[]): Promise<void> {
  if (ids.length === 0) return;
  const found = ids.includes(null)
    ? (await all<Agent>('/agents', MAX_READ)).items
    : await Promise.all([...new Set(ids)].map((id) => get<Agent>(`/agents/${id}`)));
  takeBeats(found);
  learn(...found.filter(({ id }) => !agents.value.has(id)).map((agent) => ({ agent })));
}

/** How far the audit trail goes. */
export const newestId = async (): Promise<number> => (await get<Page<Event>>('/events?order=desc&limit=1')).items[0]?.id ?? 0;

interface Reading {
  /** The last event that is known; undefined: none is. */
  readonly after: number | undefined;
  /** Asked when the answers are here. */
  readonly isWanted: () => boolean;
  /** So far the events were taken. */
  readonly took: (last: number) => void;
}

/** Reads the state as it is, and the events since. */
export async function readChanges({ after, isWanted, took }: Reading): Promise<void> {
  const [everyone, todo, doing] = await Promise.all([
    all<Agent>('/agents', MAX_READ),
    all<Task>('/tasks?status=todo', MAX_READ),
    all<Task>('/tasks?status=in_progress', MAX_READ),
  ]);
  const news = after === undefined ? (await newest()).reverse() : (await all<Event>(`/events?after=${after}`, MAX_READ)).items;
  if (!isWanted()) return;
  const last = news.at(-1)?.id ?? after ?? 0;
  takeSnapshot({
    type: 'snapshot',
    last_event_id: last,
    resumed: after !== undefined,
    agents: everyone.items,
    tasks: [...todo.items, ...doing.items],
    assignments: [],
    stats: null,
    truncated: everyone.isCut || todo.isCut || doing.isCut,
  });
  took(last);
  takeEvents(news.map((event) => ({ type: 'event', event })));
  await readAssignments(news, isWanted);
}

/** The open assignments that are not known, and those that something happened to: some at a time, the newest tasks first. */
async function readAssignments(news: readonly Event[], isWanted: () => boolean): Promise<void> {
  const touched = new Set(news.flatMap(({ task_id, assignment_id }) => (assignment_id === null ? [] : (task_id ?? []))));
  const wanted = openTasks.value.filter(({ id, assigned_agent_id }) => assigned_agent_id !== null && (touched.has(id) || !assignments.value.has(id)));
  const first = wanted.sort((a, b) => b.id - a.id).slice(0, MAX_ASSIGNMENTS);
  const pages = await Promise.all(first.map(({ id }) => get<Page<Assignment>>(`/tasks/${id}/assignments?limit=1`)));
  if (isWanted()) learn(...pages.map(({ items }) => ({ assignment: items[0] })));
}
