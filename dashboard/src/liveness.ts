import { signal } from '@preact/signals';
import type { Agent, Event } from '#schemas/resources.ts';
import { all, get, type Page } from './api.ts';
import type { Slot } from './components/heartbeat-bar.tsx';
import { connection, onEvents } from './store.ts';

/**
 * When each agent was alive, from the audit trail: heartbeats themselves are no events, but falling silent and coming back are. `useLiveness`
 * (screens that show bars) reads the last of the trail once and follows from there; `slotsOf` cuts it into minutes.
 */

const MINUTE = 60_000;
export const SLOTS = 60;
/** So far back we look, in events; and so many of these we take. */
const REACH = 5000;
const MAX_KEPT = 2000;
/** Of one agent: more than one turn a slot says nothing more. */
const MAX_TURNS = 2 * SLOTS;

interface Turn {
  readonly at: number;
  readonly isAlive: boolean;
}
interface Known {
  /** Before this nothing is known (server time, ms). */
  readonly since: number;
  readonly turns: ReadonlyMap<number, readonly Turn[]>;
}
const known = signal<Known>({ since: Number.POSITIVE_INFINITY, turns: new Map() });
let isFollowing = false;

/** Begins to follow; from then on it goes by itself. */
export async function followLiveness(): Promise<void> {
  if (isFollowing || connection.value.state === 'connecting') return;
  isFollowing = true;
  const seen: Event[] = [];
  onEvents((messages) => {
    const more = messages.map(({ event }) => event).filter(isTurn);
    seen.push(...more);
    if (known.value.since < Number.POSITIVE_INFINITY) take(more, known.value.since);
  });
  try {
    const { items } = await get<Page<Event>>('/events?order=desc&limit=1');
    const after = Math.max(0, (items[0]?.id ?? 0) - REACH);
    const [first, turns] = await Promise.all([
      all<Event>(`/events?after=${after}`, 1),
      all<Event>(`/events?after=${after}&kind=agent.online,agent.stale`, MAX_KEPT),
    ]);
    const from = turns.isCut ? turns.items[0]?.at : first.items[0]?.at;
    take([...turns.items, ...seen], from === undefined ? 0 : Date.parse(from));
  } catch {
    isFollowing = false;
  }
}

const isTurn = ({ kind, agent_id }: Event): boolean => agent_id !== null && (kind === 'agent.online' || kind === 'agent.stale');

function take(more: readonly Event[], since: number): void {
  if (more.length === 0 && known.value.since === since) return;
  const turns = new Map(known.value.turns);
  for (const { agent_id, kind, at, data } of more) {
    if (agent_id === null) continue;
    // It fell silent after its last heartbeat, not when that was noticed.
    const moment = kind === 'agent.stale' && typeof data['last_heartbeat'] === 'string' ? data['last_heartbeat'] : at;
    const turn = { at: Date.parse(moment), isAlive: kind === 'agent.online' };
    turns.set(agent_id, [...(turns.get(agent_id) ?? []), turn].sort((a, b) => a.at - b.at).slice(-MAX_TURNS));
  }
  known.value = { since, turns };
}

/** The last SLOTS minutes of this agent, the oldest first. `now`: server time, to the minute. */
export function slotsOf(agent: Agent, now: number): Slot[] {
  const { since, turns } = known.value;
  const list = turns.get(agent.id) ?? [];
  const begin = Math.max(since, Date.parse(agent.created_at));
  const end = (Math.floor(now / MINUTE) + 1) * MINUTE;
  return Array.from({ length: SLOTS }, (_, index) => {
    const from = end - (SLOTS - index) * MINUTE;
    return slotOf(agent, list, begin, { from: Math.max(from, begin), to: Math.min(from + MINUTE, now) });
  });
}

function slotOf(agent: Agent, turns: readonly Turn[], begin: number, { from, to }: { readonly from: number; readonly to: number }): Slot {
  if (agent.last_heartbeat === null || to <= from) return 'unknown';
  const before = turns.findLast(({ at }) => at <= from);
  const within = turns.filter(({ at }) => at > from && at <= to);
  const first = turns[0];
  const atBegin = before?.isAlive ?? (first === undefined ? agent.status !== 'offline' : !first.isAlive);
  // It came for the first time within what we know: before that it was not away.
  if (before === undefined && first?.isAlive === true && begin === Date.parse(agent.created_at)) {
    if (within.length === 0) return 'unknown';
    return within.every(({ isAlive }) => isAlive) ? 'alive' : 'shaky';
  }
  if (within.every(({ isAlive }) => isAlive === atBegin)) return atBegin ? 'alive' : 'gone';
  return 'shaky';
}
