import type { Choice } from '#dashboard/components/filters.tsx';
import type { Agent } from '#schemas/resources.ts';
import { AGENT_STATUSES } from '#schemas/vocabulary.ts';

/** What the list of agents is narrowed to; '' is all. Each stands in the address. */
export interface Wanted {
  readonly status: string;
  readonly type: string;
  readonly capability: string;
  readonly q: string;
}
type Field = keyof Wanted;

const MEETS: Readonly<Record<Field, (agent: Agent, value: string) => boolean>> = {
  status: (agent, value) => agent.status === value,
  type: (agent, value) => agent.type === value,
  capability: (agent, value) => agent.capabilities.includes(value),
  q: (agent, value) => agent.name.toLowerCase().includes(value.toLowerCase()),
};
const FIELDS = ['status', 'type', 'capability', 'q'] as const satisfies readonly Field[];

export const wantedOf = (query: Readonly<Record<string, string>>): Wanted => ({
  status: query['status'] ?? '',
  type: query['type'] ?? '',
  capability: query['capability'] ?? '',
  q: query['q'] ?? '',
});

/** Those that meet all that is wanted; `but`: one field is left out, for the counts beside its choices. */
export const narrowed = (agents: readonly Agent[], wanted: Wanted, but?: Field): Agent[] =>
  agents.filter((agent) => FIELDS.every((field) => field === but || wanted[field] === '' || MEETS[field](agent, wanted[field])));

const count = (agents: readonly Agent[], wanted: Wanted, field: Field, value: string): number =>
  narrowed(agents, wanted, field).filter((agent) => MEETS[field](agent, value)).length;

export const statusChoices = (agents: readonly Agent[], wanted: Wanted): Choice[] =>
  AGENT_STATUSES.map((value) => ({ value, text: value, count: count(agents, wanted, 'status', value) }));

export const typeChoices = (agents: readonly Agent[], wanted: Wanted): Choice[] => [
  { value: 'main_agent', text: 'main agents', count: count(agents, wanted, 'type', 'main_agent') },
  { value: 'sub_agent', text: 'sub-agents', count: count(agents, wanted, 'type', 'sub_agent') },
];

/** The most frequent first. */
export function capabilityChoices(agents: readonly Agent[], wanted: Wanted): Choice[] {
  const counts = new Map<string, number>();
  for (const agent of narrowed(agents, wanted, 'capability')) for (const each of agent.capabilities) counts.set(each, (counts.get(each) ?? 0) + 1);
  if (wanted.capability !== '' && !counts.has(wanted.capability)) counts.set(wanted.capability, 0);
  return [...counts].map(([value, of]) => ({ value, text: value, count: of })).sort((a, b) => b.count - a.count || a.text.localeCompare(b.text));
}
