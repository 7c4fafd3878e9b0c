import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { agents, gaps, nameOfAgent, nameOfTask, onEvents } from '#dashboard/store.ts';
import type { Event } from '#schemas/resources.ts';
import { says, wordsOf } from '#schemas/search.ts';
import { EVENT_KINDS } from '#schemas/vocabulary.ts';
import { type EventPage, readOn, type Wanted, whyNot } from './reader.ts';

/** The audit trail, newest first: what is loaded of it, and what comes in live. */

/** So many are asked for at once. */
const PAGE = 100;
/** Of events held by this screen; what is older can be asked for with narrower filters. */
export const MAX_HELD = 2000;
/** Whoever types is not asked about every letter. */
const TYPING_MS = 250;

/** The things that have events, each with its kinds. */
export const THINGS: ReadonlyMap<string, readonly string[]> = Map.groupBy(EVENT_KINDS as readonly string[], (kind) => kind.slice(0, kind.indexOf('.')));

interface Held {
  readonly events: readonly Event[];
  /** 'first': nothing was read yet; 'reading': more is being looked for; 'more': there is more to look through; 'end': there is nothing older; 'full': it may not hold more. */
  readonly state: 'first' | 'reading' | 'more' | 'end' | 'full';
  /** When the last event that was looked at happened. */
  readonly reached: string | null;
  readonly fault: string | null;
}
export interface Trail extends Held {
  /** Looks for so many more. */
  readonly more: () => Promise<void>;
  readonly stop: () => void;
}
const NOTHING: Held = { events: [], state: 'first', reached: null, fault: null };

/** Reads the newest that fit, as far back as it takes, and keeps them live; a change of what is wanted begins anew. */
export function useTrail(wanted: Wanted): Trail {
  const [held, setHeld] = useState(NOTHING);
  const acts = useRef<Pick<Trail, 'more' | 'stop'>>({ more: async () => {}, stop: () => {} });
  const typed = useRef(wanted.q);
  const { kind, task, agent, until, q } = wanted;
  const words = useMemo(() => wordsOf(q), [q]);
  useEffect(() => {
    const isMeant = (event: Event): boolean => fits(event, wanted) && (words.length === 0 || saysLive(event, words));
    const reading = newReading(wanted, setHeld);
    acts.current = reading;
    const leave = onEvents((messages) => reading.came(messages.map(({ event }) => event).filter(isMeant)));
    // What is here already and fits is shown until the answer comes.
    setHeld((old) => ({ ...NOTHING, events: old.events.filter(isMeant) }));
    const timer = setTimeout(reading.more, typed.current === q ? 0 : TYPING_MS);
    typed.current = q;
    return () => {
      clearTimeout(timer);
      leave();
      reading.end();
    };
  }, [kind, task, agent, until, q, gaps.value]);
  return { ...held, state: held.state !== 'first' && held.events.length >= MAX_HELD ? 'full' : held.state, ...acts.current };
}

type SetHeld = (change: (old: Held) => Held) => void;

/** One search from its beginning to its end, or until something else is wanted. */
function newReading(wanted: Wanted, setHeld: SetHeld): Pick<Trail, 'more' | 'stop'> & { came(events: readonly Event[]): void; end(): void } {
  const live: Event[] = [];
  let cursor: string | null = null;
  let isBegun = false;
  let isOver = false;
  let running = new AbortController();
  const took = (page: EventPage): void => {
    const isFirst = !isBegun;
    isBegun = true;
    cursor = page.next_cursor;
    const { searched_to: reached, items } = page;
    setHeld((old) => ({ ...old, events: merged(isFirst ? live : old.events, items), state: cursor === null ? 'end' : 'reading', reached }));
  };
  const more = async (): Promise<void> => {
    if (isOver || (isBegun && cursor === null)) return;
    const mine = new AbortController();
    running = mine;
    setHeld((old) => ({ ...old, state: isBegun ? 'reading' : 'first', fault: null }));
    const fault = await readOn(wanted, { from: cursor, count: PAGE, signal: mine.signal, took }).then(() => null, whyNot(mine.signal));
    if (isOver) return;
    const isDone = cursor === null && (isBegun || fault !== null);
    setHeld((old) => ({ ...old, state: isDone ? 'end' : 'more', fault }));
  };
  return {
    more,
    stop: () => running.abort(),
    came: (fresh) => {
      if (fresh.length === 0) return;
      if (!isBegun) live.push(...fresh);
      setHeld((old) => ({ ...old, events: merged(old.events, fresh) }));
    },
    end: () => {
      isOver = true;
      running.abort();
    },
  };
}

/** Each once, newest first. */
function merged(some: readonly Event[], more: readonly Event[]): Event[] {
  const known = new Map([...some, ...more].map((event) => [event.id, event]));
  return [...known.values()].sort((a, b) => b.id - a.id).slice(0, MAX_HELD);
}

function fits(event: Event, { kind, task, agent, until }: Wanted): boolean {
  if (until !== '' && event.at >= until) return false;
  if (kind !== '' && !kind.split(',').some((each) => each === event.kind || (each.endsWith('.*') && event.kind.startsWith(each.slice(0, -1))))) return false;
  if (task !== '' && event.task_id !== Number(task)) return false;
  if (agent === '') return true;
  if (event.agent_id === null) return false;
  return String(event.agent_id) === agent || agents.value.get(event.agent_id)?.name.toLowerCase() === agent.toLowerCase();
}

const saysLive = (event: Event, words: readonly string[]): boolean =>
  says(event, { agent: nameOfAgent(event.agent_id), task: nameOfTask(event.task_id) }, words);
