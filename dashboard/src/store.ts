import { batch, computed, type ReadonlySignal, signal } from '@preact/signals';
import type { FeedEvent, FeedSnapshot, WhoAmI } from '#schemas/live.ts';
import type { Agent, Assignment, Event, Task } from '#schemas/resources.ts';
import type { Stats } from '#schemas/stats.ts';
import { type AssignmentStatus, OPEN_STATUSES, type OpenStatus } from '#schemas/vocabulary.ts';
import { forgetBeats } from './beats.ts';
import { serverNow, serverReached } from './time.ts';

/**
 * What is known of the server's state. live.ts fills it; screens read the signals and are drawn again when one changes. Maps and lists are
 * replaced, never changed in place. After an action of your own, `learn({ task })` shows its answer at once; the feed brings the same.
 */

/** undefined: not known yet; null: nobody is logged in. */
export const me = signal<WhoAmI | null | undefined>(undefined);

/** Agents by id: the active ones, and those that were deactivated while we watched. */
export const agents = signal<ReadonlyMap<number, Agent>>(new Map());
/** Tasks by id: the open ones, and those that were closed while we watched. */
export const tasks = signal<ReadonlyMap<number, Task>>(new Map());
/** The newest assignment that we know of, by task id; of an open task with a holder it is the open one. */
export const assignments = signal<ReadonlyMap<number, Assignment>>(new Map());
/** Ids of tasks that were deleted while we watched: lists that were read before may still have them. */
export const deleted = signal<ReadonlySet<number>>(new Set());
/** Newest first, at most MAX_EVENTS. */
export const events = signal<readonly Event[]>([]);
/** GET /stats of the last 24 h, as the feed told it last. */
export const stats = signal<Stats | null>(null);
/** Grows when what happened meanwhile is not told: what was read before may lack it, and is read again. */
export const gaps = signal(0);
/** There are more agents or tasks than are held here. */
export const isTruncated = signal(false);

const MAX_EVENTS = 500;
/** Of tasks that were closed while we watched, so many are held. */
const MAX_CLOSED = 300;
const MAX_DELETED = 5000;

/**
 * How we hear of changes. `connecting`: nothing was heard yet. `live`: by the WebSocket. `polling`: it is blocked, so we ask every few seconds.
 * `lost`: what is shown is as old as `since` (server time, ms): grey it out, offer no actions.
 */
export type Connection = { readonly state: 'connecting' | 'live' | 'polling' | 'lost'; readonly since: number };
export const connection = signal<Connection>({ state: 'connecting', since: serverNow() });
/** Whether what is shown can be trusted, and acted upon. */
export const isFresh = computed(() => connection.value.state === 'live' || connection.value.state === 'polling');

/** Why nothing can be done now. */
export const NOT_NOW = 'Not while the connection is lost';

export const activeAgents = computed(() => [...agents.value.values()].filter((agent) => agent.is_active).sort(byName));
export const openTasks = computed(() => [...tasks.value.values()].filter(isOpen));
/** Tasks that need a person, the ones waiting longest (by id) first. */
export const needing = steady(() => openTasks.value.filter((task) => task.needs_attention !== null).sort((a, b) => a.id - b.id));

/** A computed list that stays the same as long as what is in it does: tasks change all the time, and few of them matter here. */
function steady<T>(list: () => readonly T[]): ReadonlySignal<readonly T[]> {
  let held: readonly T[] = [];
  return computed(() => {
    const next = list();
    if (next.length !== held.length || next.some((item, index) => item !== held[index])) held = next;
    return held;
  });
}

export const isOpen = (task: Task): boolean => task.status === 'todo' || task.status === 'in_progress';
export const isOpenStatus = (status: AssignmentStatus): status is OpenStatus => OPEN_STATUSES.some((open) => open === status);
export const isOpenAssignment = ({ status }: Assignment): boolean => isOpenStatus(status);
/** One for all comparisons: `localeCompare` with options makes one for each. */
const collator = new Intl.Collator(undefined, { numeric: true });
/** Main agents first, then by name. */
function byName(a: Agent, b: Agent): number {
  if (a.type !== b.type) return a.type === 'main_agent' ? -1 : 1;
  return collator.compare(a.name, b.name);
}

/** The open assignment of this task, as far as we know. */
export function openAssignment(taskId: number): Assignment | undefined {
  const found = assignments.value.get(taskId);
  return found !== undefined && isOpenAssignment(found) ? found : undefined;
}

/** Names by id. They hardly ever change, agents and tasks all the time: this stays the same meanwhile, and what shows names alone is not drawn again. */
function namesOf(things: ReadonlySignal<ReadonlyMap<number, { readonly name: string }>>): ReadonlySignal<ReadonlyMap<number, string>> {
  let names: ReadonlyMap<number, string> = new Map();
  return computed(() => {
    const all = [...things.value];
    if (all.length !== names.size || all.some(([id, { name }]) => names.get(id) !== name)) names = new Map(all.map(([id, { name }]) => [id, name]));
    return names;
  });
}
const agentNames = namesOf(agents);
const taskNames = namesOf(tasks);
/** Agents that are not held here, as who is logged in may not read them, or they were deactivated: assignments name them all the same. */
const holderNames = namesOf(computed(() => new Map([...assignments.value.values()].map(({ agent_id, agent_name }) => [agent_id, { name: agent_name }]))));

export const agentName = (id: number | null): string => (id === null ? '–' : (nameOfAgent(id) ?? `agent ${id}`));
/** Names of tasks that are not held here: closed before we came, or deleted. names.ts looks them up once they are asked for. */
export const otherNames = signal<ReadonlyMap<number, string>>(new Map());
let onUnknownTask = (_id: number): void => {};
export function whenUnknownTask(call: (id: number) => void): void {
  onUnknownTask = call;
}
export function taskName(id: number): string {
  const known = taskNames.value.get(id) ?? otherNames.value.get(id);
  if (known === undefined) onUnknownTask(id);
  return known ?? `task ${id}`;
}

/** The same where there is one that is known; nothing is looked up. */
export const nameOfAgent = (id: number | null): string | null => (id === null ? null : (agentNames.value.get(id) ?? holderNames.value.get(id) ?? null));
export const nameOfTask = (id: number | null): string | null => (id === null ? null : (taskNames.value.get(id) ?? otherNames.value.get(id) ?? null));

interface Known {
  readonly agent?: Agent | undefined;
  readonly task?: Task | undefined;
  readonly assignment?: Assignment | null | undefined;
}

/** Takes what an answer, or a message of the feed, says of a thing as it is now. */
export function learn(...known: readonly Known[]): void {
  batch(() => {
    agents.value = merged(
      agents.value,
      known.flatMap(({ agent }) => agent ?? []),
      ({ id }) => id,
    );
    tasks.value = merged(
      tasks.value,
      known.flatMap(({ task }) => task ?? []),
      ({ id }) => id,
    );
    const newest = known.flatMap(({ assignment }) => assignment ?? []).filter(({ id, task_id }) => id >= (assignments.value.get(task_id)?.id ?? 0));
    assignments.value = merged(assignments.value, newest, ({ task_id }) => task_id);
    dropClosed(known);
  });
}

/** Ids of closed tasks, the one longest closed first. */
const closed = new Set<number>();

/** A page that is open all day sees tasks close by the thousand: the ones closed longest ago are let go. */
function dropClosed(known: readonly Known[]): void {
  for (const { task } of known) {
    if (task === undefined) continue;
    closed.delete(task.id);
    if (!isOpen(task)) closed.add(task.id);
  }
  if (closed.size <= MAX_CLOSED) return;
  const oldest = [...closed].slice(0, closed.size - MAX_CLOSED);
  for (const id of oldest) closed.delete(id);
  tasks.value = without(tasks.value, oldest);
  assignments.value = without(assignments.value, oldest);
}

function merged<T>(held: ReadonlyMap<number, T>, more: readonly T[], key: (item: T) => number): ReadonlyMap<number, T> {
  if (more.length === 0) return held;
  const next = new Map(held);
  for (const item of more) next.set(key(item), item);
  return next;
}

/** The state as a whole. Without `resumed`, what happened before is unknown, and the events begin anew. */
export function takeSnapshot(snapshot: FeedSnapshot): void {
  batch(() => {
    // In the order in which they are shown: what is nearly sorted is sorted at once, whenever one of them changes.
    agents.value = new Map(snapshot.agents.toSorted(byName).map((agent) => [agent.id, agent]));
    closed.clear();
    tasks.value = new Map(snapshot.tasks.map((task) => [task.id, task]));
    assignments.value = stillTrue(snapshot);
    stats.value = (snapshot.stats as Stats | null) ?? stats.value; // as: the schema says "as GET /stats"
    isTruncated.value = snapshot.truncated;
    if (snapshot.resumed) return;
    events.value = [];
    if (connection.value.state !== 'connecting') gaps.value += 1;
  });
}

/** Assignments of tasks whose holder is still the one we know of, and those that the snapshot tells. */
function stillTrue(snapshot: FeedSnapshot): ReadonlyMap<number, Assignment> {
  const next = new Map<number, Assignment>();
  for (const task of snapshot.tasks) {
    const known = assignments.value.get(task.id);
    if (known !== undefined && known.agent_id === task.assigned_agent_id) next.set(task.id, known);
  }
  for (const assignment of snapshot.assignments) next.set(assignment.task_id, assignment);
  return next;
}

const listeners = new Set<(messages: readonly FeedEvent[]) => void>();
/** Calls back with each batch of live events, oldest first; the result ends that. */
export function onEvents(listener: (messages: readonly FeedEvent[]) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Events in the order of their ids, each with what it speaks of. */
export function takeEvents(messages: readonly FeedEvent[]): void {
  if (messages.length === 0) return;
  const gone = messages.filter(({ event }) => event.kind === 'task.deleted').flatMap(({ event }) => event.task_id ?? []);
  const last = messages.at(-1)?.event;
  if (last !== undefined) serverReached(last.at);
  batch(() => {
    learn(...messages);
    if (gone.length > 0) dropDeleted(...gone);
    addEvents(messages.map(({ event }) => event));
  });
  for (const listener of listeners) listener(messages);
}

/** Tasks that were deleted just now. */
export function dropDeleted(...ids: readonly number[]): void {
  batch(() => {
    tasks.value = without(tasks.value, ids);
    assignments.value = without(assignments.value, ids);
    deleted.value = new Set([...deleted.value, ...ids].slice(-MAX_DELETED));
  });
}

/** Events from the trail, in any order; known ones are not taken twice. */
export function addEvents(more: readonly Event[]): void {
  const known = new Set(events.value.map(({ id }) => id));
  const fresh = more.filter(({ id }) => !known.has(id));
  if (fresh.length > 0) events.value = [...events.value, ...fresh].sort((a, b) => b.id - a.id).slice(0, MAX_EVENTS);
}

function without<T>(held: ReadonlyMap<number, T>, ids: readonly number[]): ReadonlyMap<number, T> {
  const next = new Map(held);
  for (const id of ids) next.delete(id);
  return next;
}

/** Nothing is known any more: somebody logged out. */
export function forget(): void {
  batch(() => {
    agents.value = new Map();
    tasks.value = new Map();
    assignments.value = new Map();
    deleted.value = new Set();
    events.value = [];
    stats.value = null;
    otherNames.value = new Map();
    forgetBeats();
    connection.value = { state: 'connecting', since: serverNow() };
  });
}
