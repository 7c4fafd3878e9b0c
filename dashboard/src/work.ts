import { computed, useComputed } from '@preact/signals';
import type { Assignment } from '#schemas/resources.ts';
import type { AgentStatus } from '#schemas/vocabulary.ts';
import { agents, assignments, isOpenAssignment } from './store.ts';

/** What each agent holds. Of a thousand agents one changes: a list stays the same as long as what is in it does, and so does what is drawn of it. */

const NOTHING: readonly Assignment[] = [];
let before: ReadonlyMap<number, readonly Assignment[]> = new Map();

/** Open assignments of every agent, by its id. */
export const workOf = computed((): ReadonlyMap<number, readonly Assignment[]> => {
  const open = [...assignments.value.values()].filter(isOpenAssignment);
  const work = new Map<number, readonly Assignment[]>(Map.groupBy(open, ({ agent_id }) => agent_id));
  for (const [id, list] of work) {
    const known = before.get(id);
    if (known?.length === list.length && known.every((each, index) => each === list[index])) work.set(id, known);
  }
  before = work;
  return work;
});

/** The open assignments of one agent; what uses it is drawn again when these change. */
export const useWork = (agentId: number): readonly Assignment[] => useComputed(() => workOf.value.get(agentId) ?? NOTHING).value;

/** The status of one agent, likewise. Undefined: it is not known. */
export const useStatus = (agentId: number | null): AgentStatus | undefined =>
  useComputed(() => (agentId === null ? undefined : agents.value.get(agentId)?.status)).value;
