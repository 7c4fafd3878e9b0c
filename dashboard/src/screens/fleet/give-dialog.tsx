import { useState } from 'preact/hooks';
import { assignTask } from '#dashboard/actions/direct-task.ts';
import { Dialog } from '#dashboard/components/dialog.tsx';
import { Empty } from '#dashboard/components/empty.tsx';
import { StatusBadge } from '#dashboard/components/status-badge.tsx';
import { agentName, openTasks } from '#dashboard/store.ts';
import type { Agent, Task } from '#schemas/resources.ts';
import '#dashboard/components/picks.css';

/** Those that need a person come before those that nobody holds, and these before the others. */
function rank(task: Task): number {
  if (task.needs_attention !== null) return 0;
  return task.assigned_agent_id === null ? 1 : 2;
}

/** Which task this agent shall have: those without a holder first. */
export function GiveDialog({ agent, onClose }: { readonly agent: Agent; readonly onClose: () => void }) {
  const [text, setText] = useState('');
  const found = openTasks.value
    .filter((task) => task.assigned_agent_id !== agent.id && task.name.toLowerCase().includes(text.toLowerCase()))
    .sort((a, b) => rank(a) - rank(b) || b.priority - a.priority || a.id - b.id);
  const give = async (task: Task): Promise<void> => {
    if (await assignTask(task, agent.name)) onClose();
  };
  return (
    <Dialog title={`Give ${agent.name} a task`} onClose={onClose}>
      <label class="field">
        <span class="label">Search</span>
        <input class="input" type="search" placeholder="Name of a task" value={text} onInput={(event) => setText(event.currentTarget.value)} />
      </label>
      {found.length === 0 && <Empty icon="listChecks" title="No open task to give" />}
      <ul class="picks">
        {found.slice(0, 50).map((task) => (
          <li key={task.id}>
            <button type="button" class="pick" onClick={() => give(task)}>
              <span class="row wrap">
                <strong>{task.name}</strong>
                {task.needs_attention !== null && <StatusBadge attention={task.needs_attention} />}
              </span>
              <span class="muted small">{task.assigned_agent_id === null ? 'nobody holds it' : `taken from ${agentName(task.assigned_agent_id)}`}</span>
            </button>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
