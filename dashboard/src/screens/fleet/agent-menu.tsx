import { pingTask } from '#dashboard/actions/direct-task.ts';
import { Menu, type MenuItem } from '#dashboard/components/menu.tsx';
import { may, whyNotDeactivated } from '#dashboard/rights.ts';
import type { Agent, Assignment } from '#schemas/resources.ts';

/** The dialogs about an agent that a menu or a key opens. */
export type AskedOfAgent = 'give' | 'token' | 'deactivate';
export type AskAgent = (agent: Agent, what: AskedOfAgent) => void;

interface AgentMenuProps {
  readonly agent: Agent;
  readonly work: readonly Assignment[];
  readonly ask: AskAgent;
}

/** What can be done with an agent, from its card and from its row, by who is logged in. */
export function AgentMenu({ agent, work, ask }: AgentMenuProps) {
  if (!may('direct_tasks')) return null;
  return (
    <Menu label={`Actions for ${agent.name}`} items={() => [...aboutItsWork(agent, work, ask), ...(may('change_agents') ? aboutItself(agent, ask) : [])]} />
  );
}

function aboutItsWork(agent: Agent, work: readonly Assignment[], ask: AskAgent): MenuItem[] {
  const first = agent.current_task_id ?? work[0]?.task_id ?? null;
  return [
    { icon: 'send', text: 'Ping now', disabled: first === null && 'It holds nothing to be pinged about', run: () => first !== null && pingTask(first) },
    { icon: 'listChecks', text: 'Give a task', run: () => ask(agent, 'give') },
  ];
}

const aboutItself = (agent: Agent, ask: AskAgent): MenuItem[] => [
  { icon: 'key', text: 'New token', run: () => ask(agent, 'token') },
  { icon: 'power', text: 'Deactivate…', danger: true, disabled: whyNotDeactivated(agent), run: () => ask(agent, 'deactivate') },
];
