import { pingTask } from '#dashboard/actions/direct-task.ts';
import { Menu } from '#dashboard/components/menu.tsx';
import { may, NOT_YOURS, whyNotDeactivated } from '#dashboard/rights.ts';
import type { Agent, Assignment } from '#schemas/resources.ts';

/** The dialogs about an agent that a menu or a key opens. */
export type AskedOfAgent = 'give' | 'token' | 'deactivate';
export type AskAgent = (agent: Agent, what: AskedOfAgent) => void;

interface AgentMenuProps {
  readonly agent: Agent;
  readonly work: readonly Assignment[];
  readonly ask: AskAgent;
}

/** What can be done with an agent, from its card and from its row. */
export function AgentMenu({ agent, work, ask }: AgentMenuProps) {
  const first = agent.current_task_id ?? work[0]?.task_id ?? null;
  return (
    <Menu
      label={`Actions for ${agent.name}`}
      items={() => [
        {
          icon: 'send',
          text: 'Ping now',
          disabled: !may('direct_tasks') ? NOT_YOURS : first === null && 'It holds nothing to be pinged about',
          run: () => first !== null && pingTask(first),
        },
        { icon: 'listChecks', text: 'Give a task', disabled: !may('direct_tasks') && NOT_YOURS, run: () => ask(agent, 'give') },
        { icon: 'key', text: 'New token', disabled: !may('change_agents') && NOT_YOURS, run: () => ask(agent, 'token') },
        {
          icon: 'power',
          text: 'Deactivate…',
          danger: true,
          disabled: whyNotDeactivated(agent),
          run: () => ask(agent, 'deactivate'),
        },
      ]}
    />
  );
}
