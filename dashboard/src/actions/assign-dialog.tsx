import { useState } from 'preact/hooks';
import { Button } from '#dashboard/components/button.tsx';
import { Dialog } from '#dashboard/components/dialog.tsx';
import { MainBadge, StatusBadge } from '#dashboard/components/status-badge.tsx';
import { activeAgents } from '#dashboard/store.ts';
import { workOf } from '#dashboard/work.ts';
import type { Agent, Task } from '#schemas/resources.ts';
import { assignTask } from './direct-task.ts';
import '#dashboard/components/picks.css';
import './assign-dialog.css';

/** Whom a task is given to: the agents that can do it first, each with what it holds; or let the coordinator choose. */
export function AssignDialog({ task, onClose }: { readonly task: Task; readonly onClose: () => void }) {
  const [text, setText] = useState('');
  const wanted = task.required_capabilities;
  const lacks = (agent: Agent): string[] => wanted.filter((capability) => !agent.capabilities.includes(capability));
  const rank = (agent: Agent): number => (agent.status === 'offline' ? 4 : 0) + (lacks(agent).length > 0 ? 2 : 0) + (agent.type === 'main_agent' ? 1 : 0);
  const found = activeAgents.value
    .filter(({ name }) => name.toLowerCase().includes(text.toLowerCase()))
    .sort((a, b) => rank(a) - rank(b) || heldBy(a) - heldBy(b));
  const assign = async (name: string | null): Promise<void> => {
    if (await assignTask(task, name)) onClose();
  };
  return (
    <Dialog title={`Assign “${task.name}”`} onClose={onClose}>
      <Button kind="primary" icon="zap" onClick={() => assign(null)}>
        Let the coordinator choose
      </Button>
      <p class="or" aria-hidden="true">
        or
      </p>
      <label class="field">
        <span class="label">Choose yourself</span>
        <input class="input" type="search" placeholder="Name" autofocus value={text} onInput={(event) => setText(event.currentTarget.value)} />
      </label>
      <ul class="picks">
        {found.slice(0, 50).map((agent) => (
          <li key={agent.id}>
            <button type="button" class="pick" onClick={() => assign(agent.name)}>
              <span class="row wrap">
                <strong>{agent.name}</strong>
                {agent.type === 'main_agent' && <MainBadge />}
                <StatusBadge agent={agent.status} />
              </span>
              <span class="muted small">{remarks(agent, lacks(agent), task)}</span>
            </button>
          </li>
        ))}
        {found.length === 0 && <li class="muted">No agent of this name.</li>}
      </ul>
    </Dialog>
  );
}

const heldBy = (agent: Agent): number => workOf.value.get(agent.id)?.length ?? 0;

function remarks(agent: Agent, lacking: readonly string[], task: Task): string {
  const holds = heldBy(agent);
  return [
    ...(task.assigned_agent_id === agent.id ? ['holds it now'] : []),
    holds === 0 ? 'holds nothing' : `holds ${holds} of ${agent.max_concurrent}`,
    ...(lacking.length > 0 ? [`lacks ${lacking.join(', ')}`] : []),
  ].join(' · ');
}
