import type { FeedEvent, FeedSnapshot } from '#schemas/live.ts';
import { Unreachable } from './api.ts';
import { shown } from './beats.ts';
import { newest, newestId, readBeats, readChanges } from './polling.ts';
import { addEvents, type Connection, connection, takeEvents, takeSnapshot } from './store.ts';
import { serverNow } from './time.ts';

/**
 * Keeps the store true: a snapshot over `WS /ws`, then every event as it happens. A lost connection is taken up again, sooner at first, with
 * `after`, so that nothing is missed. Where WebSockets are blocked (three attempts fail, and REST answers after each) it asks every few seconds instead.
 * Heartbeats are no events: `look` asks for those that are shown every few seconds, and finds a connection that died unnoticed.
 */

/** Events wait so long for others, and where drawing them takes long so many times as long as that took: the page stays usable. */
const APPLY_MS = 100;
const APPLY_REST = 4;
/** A page that was asleep meanwhile did not draw all the time. */
const MAX_DRAWING_MS = 250;
const BACKOFF_MS = [250, 500, 1000, 2000, 4000, 8000, 15_000] as const;
const LOOK_MS = 5000;
const POLL_MS = 3000;
/** How often a blocked WebSocket is tried again. */
const RETRY_WHEN_BLOCKED_MS = 60_000;
const BLOCKED_AFTER = 3;
/** A large fleet is asked about for a fifth of the time at most. */
const REST = 4;
/** The close code of a session that has ended (GET /ws). */
const ENDED = 4401;

let socket: WebSocket | null = null;
let isRunning = false;
let lastEventId: number | undefined;
let trailAtLastLook = 0;
let failures = 0;
/** Nothing answered when last asked, not even REST: attempts that fail then say nothing of WebSockets. */
let isAway = false;
/** When the server was heard last, by its own clock. */
let heardAt = serverNow();
let queue: FeedEvent[] = [];
/** How long it took to draw the last events. */
let drawing = 0;
let applying: ReturnType<typeof setTimeout> | undefined;
let reconnecting: ReturnType<typeof setTimeout> | undefined;
let looking: ReturnType<typeof setTimeout> | undefined;
let onEnded = (): void => {};
let stopWatching = (): void => {};

/** Begins to follow; `ended` is called when the session is over. */
export function startLive(ended: () => void): void {
  if (isRunning) return;
  isRunning = true;
  onEnded = ended;
  connect();
  look();
  stopWatching = shown.subscribe((now) => {
    if (now.length > 0 && connection.value.state === 'live') lookNow();
  });
  addEventListener('online', hurry);
  document.addEventListener('visibilitychange', hurry);
}

export function stopLive(): void {
  isRunning = false;
  stopWatching();
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
  trailAtLastLook = 0;
  failures = 0;
  isAway = false;
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
    later();
    if (failures <= BLOCKED_AFTER) lookNow(); // is it the WebSocket, or everything?
  };
}

/** The last event that is on the screen; undefined before the first snapshot. */
export const shownUpTo = (): number | undefined => (queue[0] === undefined ? lastEventId : queue[0].event.id - 1);

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
  applying ??= setTimeout(apply, Math.max(APPLY_MS, APPLY_REST * drawing));
}

/** Many events at once are drawn once. */
function apply(): void {
  clearTimeout(applying);
  applying = undefined;
  const messages = queue;
  queue = [];
  const began = performance.now();
  takeEvents(messages);
  setTimeout(() => {
    drawing = Math.min(MAX_DRAWING_MS, performance.now() - began);
  });
}

/** What happened before we came, for the lists of events. */
async function readHistory(): Promise<void> {
  const found = await newest().catch(() => []);
  if (isRunning) addEvents(found);
}

function lookNow(): void {
  clearTimeout(looking);
  look();
}

/** Reads what the feed does not tell; says so when nothing answers. */
function look(): void {
  const isPolling = connection.value.state === 'polling';
  const began = performance.now();
  (isPolling ? poll() : Promise.all([readBeats(shown.value), compare()]))
    .then(
      () => {
        if (connection.value.state !== 'lost') heardAt = serverNow();
        if (!isRunning || connection.value.state === 'live' || connection.value.state === 'polling') return;
        if (isAway) return answersAgain();
        if (failures < BLOCKED_AFTER) return;
        say('polling');
        setTimeout(lookNow); // after this one has set the next
      },
      (error) => {
        if (!isRunning || !(error instanceof Unreachable)) return;
        say('lost');
        isAway = true;
        const dead = socket;
        socket = null;
        dead?.close();
        if (dead !== null) later();
      },
    )
    .finally(() => {
      clearTimeout(looking); // of one that was asked for meanwhile
      if (!isRunning) return;
      const pause = document.hidden ? LOOK_MS * 6 : isPolling ? POLL_MS : LOOK_MS;
      looking = setTimeout(look, Math.max(pause, REST * (performance.now() - began)));
    });
}

/** After an outage the WebSocket is tried before anything is said of it. */
function answersAgain(): void {
  isAway = false;
  failures = 0;
  if (socket !== null) return;
  clearTimeout(reconnecting);
  connect();
}

const poll = (): Promise<void> =>
  readChanges({
    after: lastEventId,
    isWanted: () => isRunning && connection.value.state === 'polling',
    took: (last) => {
      lastEventId = last;
    },
  });

/** A WebSocket can be dead while all else works, and says nothing of it: what the trail had at the last look must have come by now. */
async function compare(): Promise<void> {
  const trail = await newestId();
  if (!isRunning) return;
  const isDead = socket?.readyState === WebSocket.OPEN && lastEventId !== undefined && lastEventId < trailAtLastLook;
  trailAtLastLook = trail;
  if (!isDead) return;
  const dead = socket;
  connect();
  dead?.close();
}
