import { useEffect, useRef, useState } from 'preact/hooks';
import { get, type Page, query, told } from '#dashboard/api.ts';
import { agentName, agents, gaps, onEvents, taskName } from '#dashboard/store.ts';
import type { Event } from '#schemas/resources.ts';
import { EVENT_KINDS } from '#schemas/vocabulary.ts';

/** The audit trail, newest first: what is asked for, what is loaded of it, and what comes in live. */

const PAGE = 100;
/** Of events held by this screen; what is older can be asked for with narrower filters. */
const MAX_HELD = 2000;

export interface Wanted {
  /** A kind, or `thing.*`; '' for all. */
  readonly kind: string;
  /** Id. */
  readonly task: string;
  /** Name or id. */
  readonly agent: string;
}

/** The things that have events, each with its kinds. */
export const THINGS: ReadonlyMap<string, readonly string[]> = Map.groupBy(EVENT_KINDS as readonly string[], (kind) => kind.slice(0, kind.indexOf('.')));

export interface Trail {
  readonly events: readonly Event[];
  /** 'first': nothing is here yet; 'older': more is on its way; 'end': there is nothing older; else more can be asked for. */
  readonly state: 'first' | 'older' | 'more' | 'end';
  readonly fault: string | null;
  readonly older: () => Promise<void>;
}

/** Loads the newest that fit and keeps them live; a change of what is wanted begins anew. */
export function useTrail(wanted: Wanted): Trail {
  const [held, setHeld] = useState<Omit<Trail, 'older'>>({ events: [], state: 'first', fault: null });
  const cursor = useRef<string | null>(null);
  const { kind, task, agent } = wanted;
  useEffect(() => {
    const stop = new AbortController();
    const live: Event[] = [];
    const leave = onEvents((messages) => {
      const fresh = messages.map(({ event }) => event).filter((event) => fits(event, wanted));
      if (fresh.length === 0) return;
      live.push(...fresh);
      setHeld((old) => (old.state === 'first' ? old : { ...old, events: merged(old.events, fresh) }));
    });
    cursor.current = null;
    setHeld({ events: [], state: 'first', fault: null });
    read(wanted, null, stop.signal).then(
      (page) => {
        cursor.current = page.next_cursor;
        setHeld({ events: merged(page.items, live), state: stateAfter(page), fault: null });
      },
      (error) => {
        if (!stop.signal.aborted) setHeld({ events: [], state: 'end', fault: told(error) });
      },
    );
    return () => {
      leave();
      stop.abort();
    };
  }, [kind, task, agent, gaps.value]);
  const older = async (): Promise<void> => {
    const from = cursor.current;
    if (from === null) return;
    setHeld((old) => ({ ...old, state: 'older', fault: null }));
    try {
      const page = await read(wanted, from);
      if (cursor.current !== from) return; // something else is wanted by now
      cursor.current = page.next_cursor;
      setHeld((old) => ({ events: merged(old.events, page.items), state: stateAfter(page), fault: null }));
    } catch (error) {
      if (cursor.current === from) setHeld((old) => ({ ...old, state: 'more', fault: told(error) }));
    }
  };
  return { ...held, state: held.events.length >= MAX_HELD ? 'end' : held.state, older };
}

const stateAfter = (page: Page<Event>): 'more' | 'end' => (page.next_cursor === null ? 'end' : 'more');

const read = ({ kind, task, agent }: Wanted, cursor: string | null, signal?: AbortSignal): Promise<Page<Event>> =>
  get(`/events${query({ order: 'desc', limit: PAGE, kind, task, agent, cursor })}`, { signal });

/** Each once, newest first. */
function merged(some: readonly Event[], more: readonly Event[]): Event[] {
  const known = new Map([...some, ...more].map((event) => [event.id, event]));
  return [...known.values()].sort((a, b) => b.id - a.id).slice(0, MAX_HELD);
}

function fits(event: Event, { kind, task, agent }: Wanted): boolean {
  if (kind !== '' && event.kind !== kind && !(kind.endsWith('.*') && event.kind.startsWith(kind.slice(0, -1)))) return false;
  if (task !== '' && event.task_id !== Number(task)) return false;
  if (agent === '') return true;
  if (event.agent_id === null) return false;
  return String(event.agent_id) === agent || agents.value.get(event.agent_id)?.name.toLowerCase() === agent.toLowerCase();
}

const written = new WeakMap<Event, string>();

/** What was written down of it, in small letters: made once, as it is searched with every event that comes. */
function writtenOf(event: Event): string {
  const known = written.get(event) ?? [event.id, event.kind, event.actor, JSON.stringify(event.data)].join(' ').toLowerCase();
  written.set(event, known);
  return known;
}

/** Whether every word is somewhere in what the event says, and of whom. */
export function says(event: Event, text: string): boolean {
  const of = `${agentName(event.agent_id)} ${event.task_id === null ? '' : taskName(event.task_id)}`.toLowerCase();
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => writtenOf(event).includes(word) || of.includes(word));
}
