import type { FeedEvent, FeedSnapshot } from '#schemas/live.ts';
import type { Agent, Assignment, Event, Task } from '#schemas/resources.ts';
import { all, get, type Page, Unreachable } from './api.ts';
import { addEvents, agents, assignments, type Connection, connection, learn, openTasks, takeEvents, takeSnapshot } from './store.ts';
import { serverNow } from './time.ts';

/**
 * Keeps the store true: a snapshot over `WS /ws`, then every event as it happens. A lost connection is taken up again, sooner at first, with
 * `after`, so that nothing is missed. Where WebSockets are blocked (three attempts fail while REST answers) it asks every few seconds instead.
 * Heartbeats are no events: `look` reads the agents every few seconds while somebody watches, and finds a connection that died unnoticed.
 */

const APPLY_MS = 80;
const BACKOFF_MS = [250, 500, 1000, 2000, 4000, 8000, 15_000] as const;
const LOOK_MS = 5000;
const POLL_MS = 3000;
/** How often a blocked WebSocket is tried again. */
const RETRY_WHEN_BLOCKED_MS = 60_000;
const BLOCKED_AFTER = 3;
/** Of agents read for their heartbeats, and of tasks where the feed is blocked. */
const MAX_LOOKED_AT = 1000;
const HISTORY = 200;
/** So many are read with each poll. */
const MAX_ASSIGNMENTS = 20;
/** The close code of a session that has ended (GET /ws). */
const ENDED = 4401;

let socket: WebSocket | null = null;
let isRunning = false;
let lastEventId: number | undefined;
let failures = 0;
/** When the server was heard last, by its own clock. */
let heardAt = serverNow();
let queue: FeedEvent[] = [];
let applying: ReturnType<typeof setTimeout> | undefined;
let reconnecting: ReturnType<typeof setTimeout> | undefined;
let looking: ReturnType<typeof setTimeout> | undefined;
let onEnded = (): void => {};

/** Begins to follow; `ended` is called when the session is over. */
export function startLive(ended: () => void): void {
  if (isRunning) return;
  isRunning = true;
  onEnded = ended;
  connect();
  look();
  addEventListener('online', hurry);
  document.addEventListener('visibilitychange', hurry);
}

export function stopLive(): void {
  isRunning = false;
  clearTimeout(reconnecting);
  clearTimeout(looking);
  clearTimeout(applying);
  removeEventListener('online', hurry);
  document.removeEventListener('visibilitychange', hurry);
  const old = socket;
  socket = null;
  old?.close();
  queue = [];
  lastEventId = undefined;
  failures = 0;
}

/** Tries again at once: the network is back, the page is looked at again, or somebody asked. */
export function hurry(): void {
  if (!isRunning || document.hidden) return;
  if (socket === null) {
    clearTimeout(reconnecting);
    connect();
  }
  lookNow();
}

/** `since` is kept while the state stays the same. What is lost is as old as what was heard last, not as the moment when that was noticed. */
function say(state: Connection['state']): void {
  if (connection.value.state !== state) connection.value = { state, since: state === 'lost' ? heardAt : serverNow() };
}

const address = (): string => {
  const url = new URL('/ws', location.href);
  url.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';
  if (lastEventId !== undefined) url.searchParams.set('after', String(lastEventId));
  return url.href;
};

function connect(): void {
  let opened: WebSocket;
  try {
    opened = new WebSocket(address());
  } catch {
    return later();
  }
  socket = opened;
  opened.onmessage = ({ data }) => {
    if (socket === opened) take(JSON.parse(String(data)));
  };
  opened.onclose = ({ code }) => {
    if (socket !== opened) return;
    socket = null;
    failures += 1;
    if (code === ENDED) return onEnded();
    if (connection.value.state === 'live') say('lost');
    if (failures === BLOCKED_AFTER) lookNow(); // is it the WebSocket, or everything?
    later();
  };
}

function later(): void {
  if (!isRunning) return;
  const isBlocked = connection.value.state === 'polling';
  const wait = isBlocked ? RETRY_WHEN_BLOCKED_MS : (BACKOFF_MS[Math.min(failures, BACKOFF_MS.length) - 1] ?? BACKOFF_MS[0]);
  clearTimeout(reconnecting);
  reconnecting = setTimeout(connect, wait * (0.75 + Math.random() / 2));
}

function take(message: FeedSnapshot | FeedEvent): void {
  failures = 0;
  heardAt = serverNow();
  if (message.type === 'snapshot') {
    apply();
    takeSnapshot(message);
    lastEventId = message.last_event_id;
    say('live');
    if (!message.resumed) void readHistory();
    return;
  }
  lastEventId = message.event.id;
  queue.push(message);
  applying ??= setTimeout(apply, APPLY_MS);
}

/** Many events at once are drawn once. */
function apply(): void {
  clearTimeout(applying);
  applying = undefined;
  const messages = queue;
  queue = [];
  takeEvents(messages);
}

/** What happened before we came, for the lists of events. */
async function readHistory(): Promise<void> {
  const found = await newest().catch(() => []);
  if (isRunning) addEvents(found);
}

const newest = async (): Promise<Event[]> => (await get<Page<Event>>(`/events?order=desc&limit=${HISTORY}`)).items;

function lookNow(): void {
  clearTimeout(looking);
  look();
}

/** Reads what the feed does not tell; says so when nothing answers. */
function look(): void {
  const isPolling = connection.value.state === 'polling';
  readState(isPolling)
    .then(
      () => {
        if (connection.value.state !== 'lost') heardAt = serverNow();
        if (!isRunning || connection.value.state === 'live' || connection.value.state === 'polling') return;
        if (failures < BLOCKED_AFTER) return;
        say('polling');
        setTimeout(lookNow); // after this one has set the next
      },
      (error) => {
        if (!isRunning || !(error instanceof Unreachable)) return;
        say('lost');
        const dead = socket;
        socket = null;
        dead?.close();
        if (dead !== null) later();
      },
    )
    .finally(() => {
      clearTimeout(looking); // of one that was asked for meanwhile
      if (isRunning) looking = setTimeout(look, document.hidden ? LOOK_MS * 6 : isPolling ? POLL_MS : LOOK_MS);
    });
}

async function readState(isPolling: boolean): Promise<void> {
  if (!isPolling) {
    const { items } = await all<Agent>('/agents', MAX_LOOKED_AT);
    if (isRunning && failures === 0) learn(...items.filter(isNews).map((agent) => ({ agent })));
    return;
  }
  const after = lastEventId;
  const [everyone, todo, doing] = await Promise.all([
    all<Agent>('/agents', MAX_LOOKED_AT),
    all<Task>('/tasks?status=todo', MAX_LOOKED_AT),
    all<Task>('/tasks?status=in_progress', MAX_LOOKED_AT),
  ]);
  const news = after === undefined ? (await newest()).reverse() : (await get<Page<Event>>(`/events?after=${after}&limit=${HISTORY}`)).items;
  if (!isRunning || connection.value.state !== 'polling') return;
  takeSnapshot({
    type: 'snapshot',
    last_event_id: news.at(-1)?.id ?? after ?? 0,
    resumed: after !== undefined,
    agents: everyone.items,
    tasks: [...todo.items, ...doing.items],
    assignments: [],
    stats: null,
    truncated: everyone.isCut || todo.isCut || doing.isCut,
  });
  lastEventId = news.at(-1)?.id ?? lastEventId ?? 0;
  takeEvents(news.map((event) => ({ type: 'event', event })));
  await readAssignments(news);
}

/** The open assignments that are not known, and those that something happened to: some at a time, the newest tasks first. */
async function readAssignments(news: readonly Event[]): Promise<void> {
  const touched = new Set(news.flatMap(({ task_id, assignment_id }) => (assignment_id === null ? [] : (task_id ?? []))));
  const wanted = openTasks.value.filter(({ id, assigned_agent_id }) => assigned_agent_id !== null && (touched.has(id) || !assignments.value.has(id)));
  const first = wanted.sort((a, b) => b.id - a.id).slice(0, MAX_ASSIGNMENTS);
  const pages = await Promise.all(first.map(({ id }) => get<Page<Assignment>>(`/tasks/${id}/assignments?limit=1`)));
  if (isRunning) learn(...pages.map(({ items }) => ({ assignment: items[0] })));
}

/** What the feed told since may be newer than this answer: only the heartbeat is taken from it, and agents that we did not know. */
function isNews(agent: Agent): boolean {
  const known = agents.value.get(agent.id);
  return known === undefined || known.last_heartbeat !== agent.last_heartbeat;
}
