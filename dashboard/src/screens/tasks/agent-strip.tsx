import { signal } from '@preact/signals';
import { useState } from 'preact/hooks';
import { assignTask } from '#dashboard/actions/direct-task.ts';
import { Icon } from '#dashboard/components/icon.tsx';
import { AGENT_LOOKS } from '#dashboard/components/status-badge.tsx';
import { activeAgents, isFresh, tasks } from '#dashboard/store.ts';
import { useWork } from '#dashboard/work.ts';
import type { Agent } from '#schemas/resources.ts';
import './agent-strip.css';

/** The task that is being dragged. */
export const dragged = signal<number | null>(null);

/** Beyond so many the strip is no help: the menu's dialog searches. */
const MAX_SHOWN = 60;

/** Every agent with its load: a task dropped on one is assigned to it; a click narrows the tasks to its own. */
export function AgentStrip({ chosen, choose }: { readonly chosen: string; readonly choose: (name: string) => void }) {
  const everyone = activeAgents.value;
  const hidden = everyone.length - MAX_SHOWN;
  return (
    <section class="agent-strip" data-dragging={dragged.value !== null || undefined} aria-label="Agents">
      <p class="agent-strip-hint muted small" aria-hidden="true">
        {dragged.value === null ? 'Drag a task to' : `Drop #${dragged.value} on`}
      </p>
      <div class="agent-strip-row">
        {everyone.slice(0, MAX_SHOWN).map((agent) => (
          <AgentDrop key={agent.id} agent={agent} isChosen={chosen === agent.name} choose={choose} />
        ))}
        {hidden > 0 && <span class="agent-strip-more muted small">and {hidden} more: “Assign…” in a task’s menu finds them</span>}
      </div>
    </section>
  );
}

function AgentDrop({ agent, isChosen, choose }: { readonly agent: Agent; readonly isChosen: boolean; readonly choose: (name: string) => void }) {
  const [isOver, setOver] = useState(false);
  const [tone, icon, word] = AGENT_LOOKS[agent.status];
  const holds = useWork(agent.id).length;
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    const task = dragged.value === null ? undefined : tasks.value.get(dragged.value);
    dragged.value = null;
    if (task !== undefined && isFresh.value) void assignTask(task, agent.name);
  };
  return (
    <button
      type="button"
      class="agent-drop"
      data-tone={tone}
      data-over={isOver || undefined}
      aria-pressed={isChosen}
      title={`${agent.name}: ${word}, holds ${holds} of ${agent.max_concurrent}. Click: only its tasks`}
      onClick={() => choose(isChosen ? '' : agent.name)}
      onDragOver={(event) => {
        if (dragged.value === null) return;
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <Icon name={icon} size={14} />
      <span class="truncate">{agent.name}</span>
      <span class="visually-hidden">{word}, holds</span>
      <span class="muted small">
        {holds}/{agent.max_concurrent}
      </span>
    </button>
  );
}
