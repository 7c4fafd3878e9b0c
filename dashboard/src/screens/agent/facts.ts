import { useEffect, useRef, useState } from 'preact/hooks';
import { ApiProblem, get, type Page, told } from '#dashboard/api.ts';
import { agents, gaps, learn, onEvents } from '#dashboard/store.ts';
import { serverNow } from '#dashboard/time.ts';
import type { Agent, Assignment, Event } from '#schemas/resources.ts';
import type { SentPing } from '#schemas/sent-ping.ts';
import type { AgentStats } from '#schemas/stats.ts';

/** What is known of one agent beside itself; read anew whenever an event speaks of it. */
interface AgentFacts {
  /** Newest first, as are the others. */
  readonly assignments: readonly Assignment[];
  readonly pings: readonly SentPing[];
  /** That it came, fell silent, was registered or switched off. */
  readonly life: readonly Event[];
  /** Of the last 24 hours. */
  readonly stats: AgentStats;
}

/** Many events at once are asked about once. */
const SETTLE_MS = 400;

/** That a ping was delivered is no event: a young one without its receipt is looked at again. */
const RECEIPT_MS = 1500;
const YOUNG_MS = 10_000;
const awaitsReceipt = ({ delivered_at, created_at }: SentPing): boolean => delivered_at === null && serverNow() - Date.parse(created_at) < YOUNG_MS;

export interface Known {
  readonly facts: AgentFacts | null;
  /** Null while it is not known yet. */
  readonly isThere: boolean | null;
  readonly fault: string | null;
}

export function useAgentFacts(id: number): Known {
  const [known, setKnown] = useState<Known>({ facts: null, isThere: null, fault: null });
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => {
    const stop = new AbortController();
    let isSettling = false;
    const load = (): void => {
      isSettling = false;
      clearTimeout(timer.current);
      read(id, stop.signal).then(
        (facts) => {
          setKnown({ facts, isThere: true, fault: null });
          if (facts.pings.some(awaitsReceipt)) timer.current = setTimeout(load, RECEIPT_MS);
        },
        (error) => {
          if (stop.signal.aborted) return;
          const isGone = error instanceof ApiProblem && error.status === 404;
          setKnown((old) => ({ facts: old.facts, isThere: isGone ? false : old.isThere, fault: told(error) }));
        },
      );
    };
    const leave = onEvents((messages) => {
      if (isSettling || !messages.some(({ event }) => event.agent_id === id)) return;
      isSettling = true; // one that something happens to all the time is read all the same
      clearTimeout(timer.current);
      timer.current = setTimeout(load, SETTLE_MS);
    });
    load();
    return () => {
      leave();
      clearTimeout(timer.current);
      stop.abort();
    };
  }, [id, gaps.value]);
  return known;
}

async function read(id: number, signal: AbortSignal): Promise<AgentFacts> {
  if (!Number.isSafeInteger(id) || id < 1) throw new ApiProblem(404, { detail: 'There is no such agent.' });
  const [agent, assignments, pings, life, stats] = await Promise.all([
    get<Agent>(`/agents/${id}`, { signal }),
    get<Page<Assignment>>(`/agents/${id}/assignments?limit=50`, { signal }),
    get<Page<SentPing>>(`/agents/${id}/pings?limit=100`, { signal }),
    get<Page<Event>>(`/events?agent=${id}&kind=agent.*&order=desc&limit=200`, { signal }),
    get<AgentStats>(`/agents/${id}/stats`, { signal }),
  ]);
  if (!agents.value.has(id)) learn({ agent });
  return { assignments: assignments.items, pings: pings.items, life: life.items, stats };
}

/** A stretch of time in which an agent was there, was not, or nobody knows. Epoch ms. */
export interface Span {
  readonly state: 'online' | 'offline' | 'unknown';
  readonly from: number;
  readonly to: number;
}
const BECOMES: Readonly<Record<string, Span['state']>> = {
  'agent.online': 'online',
  'agent.stale': 'offline',
  'agent.registered': 'unknown',
  'agent.deactivated': 'unknown',
};

/** The time from `from` to `to` in stretches, oldest first. Before the first event it was what the event put an end to. */
export function spansOf(life: readonly Event[], from: number, to: number): Span[] {
  const turns = life.flatMap(({ kind, at }) => (BECOMES[kind] === undefined ? [] : [{ at: Date.parse(at), state: BECOMES[kind] }])).toReversed();
  const spans: Span[] = [];
  let state: Span['state'] = turns[0]?.state === 'offline' ? 'online' : 'unknown';
  let begin = from;
  for (const turn of turns) {
    if (turn.at > begin && turn.state !== state) {
      spans.push({ state, from: begin, to: turn.at });
      begin = turn.at;
    }
    state = turn.state;
  }
  if (to > begin) spans.push({ state, from: begin, to });
  return spans;
}

/** One question: a ping with all its attempts. Seconds from its first attempt to the answer, null while there is none. */
export interface Question {
  readonly pingId: string;
  readonly taskId: number;
  readonly asked: number;
  readonly seconds: number | null;
}

/** Oldest first. */
export function questionsOf(pings: readonly SentPing[]): Question[] {
  const groups = [...Map.groupBy(pings, ({ ping_id }) => ping_id)];
  return groups
    .map(([pingId, attempts]) => {
      const asked = Math.min(...attempts.map(({ published_at, created_at }) => Date.parse(published_at ?? created_at)));
      const answers = attempts.flatMap(({ answered_at }) => (answered_at === null ? [] : [Date.parse(answered_at)]));
      const seconds = answers.length === 0 ? null : Math.max(0, Math.min(...answers) - asked) / 1000;
      return { pingId, taskId: attempts[0]?.task_id ?? 0, asked, seconds };
    })
    .sort((a, b) => a.asked - b.asked);
}
