import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { Agent } from '#schemas/resources.ts';

/**
 * When each agent was heard last. Heartbeats are no events, so live.ts asks for them every few seconds, and only while a screen shows them
 * (`useBeats`). They are kept apart from the agents: a thousand beats draw again what tells a beat, and nothing else.
 */
const heard = signal<ReadonlyMap<number, string>>(new Map());

/** Whose heartbeats are shown; null is everybody's. */
export const shown = signal<readonly (number | null)[]>([]);

/** While the component is there, the heartbeats of this agent (or of all) are asked for. */
export function useBeats(id: number | null = null): void {
  useEffect(() => {
    shown.value = [...shown.value, id];
    return () => {
      shown.value = shown.value.toSpliced(shown.value.indexOf(id), 1);
    };
  }, [id]);
}

/** Takes the heartbeats of an answer, and nothing else of it. */
export function takeBeats(agents: readonly Agent[]): void {
  const next = new Map(heard.value);
  for (const { id, last_heartbeat } of agents) if (last_heartbeat !== null) next.set(id, last_heartbeat);
  heard.value = next;
}

/** The later of what an answer and what the feed told. */
export function lastBeat({ id, last_heartbeat }: Agent): string | null {
  const asked = heard.value.get(id);
  return asked !== undefined && asked > (last_heartbeat ?? '') ? asked : last_heartbeat;
}

/** Somebody logged out. */
export function forgetBeats(): void {
  heard.value = new Map();
}
