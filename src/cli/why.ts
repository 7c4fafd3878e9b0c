import type { Why } from '#schemas/resources.ts';
import { listed, printable, table, when } from './output.ts';
import { inWords } from './story.ts';

/** Agents shown by name; the others are counted. */
const MAX_AGENTS = 20;

/** The answer of GET /tasks/{id}/why, for people: what comes next, who was looked at, and what happens if nobody ever answers. */
export function explainWhy(why: Why): string {
  const { next, blocked_by, considered, chain, if_nobody_answers } = why;
  return [
    `Task ${why.task_id}\nNext: ${next.at === null ? printable(next.rule) : `${when(next.at)}  ${printable(next.rule)}`}`,
    ...(blocked_by.length === 0 ? [] : [`Waits for: ${listed(blocked_by.map((id) => `#${id}`))}`]),
    ...candidates('Agents looked at, for an assignment', considered),
    ...candidates('Escalation chain, in order', chain),
    ...(if_nobody_answers.length === 0 ? [] : [`If nobody ever answers\n${steps(if_nobody_answers)}`]),
  ].join('\n\n');
}

function candidates(title: string, agents: Why['considered']): string[] {
  if (agents.length === 0) return [];
  const rows = agents
    .slice(0, MAX_AGENTS)
    .map(({ agent, passed_over }) => [`  ${printable(agent)}`, passed_over === null ? 'can take it' : printable(passed_over)]);
  const more = agents.length > MAX_AGENTS ? [`  and ${agents.length - MAX_AGENTS} others`] : [];
  return [[title, table(['  AGENT', 'PASSED OVER BECAUSE'], rows), ...more].join('\n')];
}

type Step = Why['if_nobody_answers'][number];
const steps = (list: readonly Step[]): string => list.map((step) => `  ${when(step.at)}  ${sentence(step)}`).join('\n');

/** Who, and what happens to them; what happens to the task names its agents itself. */
function sentence({ event, agent, data }: Step): string {
  const words = inWords(event, data);
  if (agent === null || event === 'assignment.escalated') return words;
  return `${printable(agent)} ${event === 'assignment.pinged' ? 'is ' : ''}${words}`;
}
