import { type AskTask, actsOf } from '#dashboard/actions/task-menu.tsx';
import { to } from '#dashboard/address.ts';
import { Countdown } from '#dashboard/components/age.tsx';
import { Announced } from '#dashboard/components/announced.tsx';
import { Icon } from '#dashboard/components/icon.tsx';
import { Menu } from '#dashboard/components/menu.tsx';
import { AGENT_LOOKS, StatusBadge } from '#dashboard/components/status-badge.tsx';
import { may } from '#dashboard/rights.ts';
import { agentName, isOpen, tasks } from '#dashboard/store.ts';
import { clockTime } from '#dashboard/time.ts';
import { useStatus } from '#dashboard/work.ts';
import type { Task } from '#schemas/resources.ts';
import { dragged } from './agent-strip.tsx';
import { selected, toggle } from './bulk.tsx';
import type { Row } from './rows.ts';
import './card.css';

/** One task on the board. It can be dragged to an agent; the menu has the same. */
export function TaskCard({ row, ask }: { readonly row: Row; readonly ask: AskTask }) {
  const { task } = row;
  const isDraggable = may('direct_tasks') && isOpen(task);
  return (
    <article
      class="task-card"
      data-column={row.column}
      data-selected={selected.value.has(task.id) || undefined}
      data-dragged={dragged.value === task.id || undefined}
      draggable={isDraggable}
      onDragStart={(event) => {
        if (!isDraggable) return;
        event.dataTransfer?.setData('text/plain', `#${task.id}`);
        if (event.dataTransfer) event.dataTransfer.effectAllowed = 'link';
        setTimeout(() => (dragged.value = task.id)); // a drag whose source changes at once is given up by some browsers
      }}
      onDragEnd={() => (dragged.value = null)}
    >
      <div class="task-card-head">
        <Pick task={task} />
        <span class="muted small">#{task.id}</span>
        {task.priority !== 0 && <Priority value={task.priority} />}
        <span class="task-menu">
          <Menu label={`Actions for task ${task.id}`} items={() => actsOf(task, row.assignment, ask)} />
        </span>
      </div>
      <a class="task-name name" href={to.task(task.id)} data-row={task.id} draggable={false}>
        <bdi>{task.name}</bdi>
      </a>
      <div class="task-facts">
        <Announced taskId={task.id} />
        {task.needs_attention !== null && isOpen(task) && <StatusBadge attention={task.needs_attention} />}
        <Holder row={row} />
        <NextMoment row={row} />
        {isOpen(task) && task.deadline !== null && <Deadline at={task.deadline} />}
      </div>
    </article>
  );
}

export function Pick({ task }: { readonly task: Task }) {
  if (!may('direct_tasks') || !isOpen(task)) return null;
  return (
    <label class="task-pick">
      <input type="checkbox" checked={selected.value.has(task.id)} onChange={() => toggle(task.id)} />
      <span class="visually-hidden">Select task {task.id}</span>
    </label>
  );
}

export const Priority = ({ value }: { readonly value: number }) => (
  <span class="task-priority" data-high={value > 0 || undefined} title={`Priority ${value}`}>
    <span aria-hidden="true">{value > 0 ? '▲' : '▼'}</span>
    <span class="visually-hidden">priority </span>
    {value}
  </span>
);

const Deadline = ({ at }: { readonly at: string }) => (
  <span class="task-fact">
    <Icon name="clock" size={14} />
    <span class="muted">due</span> <Countdown to={at} bar={false} />
  </span>
);

/** Who has it, with that agent's state in an icon and a word. */
export function Holder({ row: { task } }: { readonly row: Row }) {
  const id = task.assigned_agent_id;
  const status = useStatus(id);
  if (id === null) return null;
  const [tone, icon, word] = status === undefined ? (['calm', 'bot', 'unknown'] as const) : AGENT_LOOKS[status];
  return (
    <span class="task-fact" data-tone={tone}>
      <span class="task-holder-icon" title={word}>
        <Icon name={icon} size={14} />
      </span>
      <a class="truncate name" href={to.agent(id)} draggable={false}>
        {agentName(id)}
      </a>
      <span class="muted">{word}</span>
    </span>
  );
}

/** What happens next with it, and when. */
export function NextMoment({ row: { task, assignment } }: { readonly row: Row }) {
  if (!isOpen(task)) return <StatusBadge task={task.status} />;
  if (assignment === undefined) {
    const blockers = blockersOf(task);
    return (
      <span class="task-fact muted">
        <Icon name={blockers.length > 0 ? 'hourglass' : 'circleDashed'} size={14} />
        {whatItWaitsFor(task, blockers)}
      </span>
    );
  }
  if (assignment.status === 'snoozed' && assignment.snooze_until !== null) {
    return (
      <span class="task-fact" title={`Snoozed until ${clockTime(assignment.snooze_until)}`}>
        <Icon name="moon" size={14} />
        <span class="muted">wakes</span> <Countdown to={assignment.snooze_until} bar={false} />
      </span>
    );
  }
  if (assignment.respond_by === null) return <span class="task-fact muted">pinging is off</span>;
  const began = assignment.status === 'pending' ? assignment.last_ping_sent : assignment.acknowledged_at;
  return (
    <span class="task-fact">
      <Icon name={assignment.status === 'pending' ? 'hourglass' : 'check'} size={14} />
      <span class="muted">answer</span>{' '}
      <Countdown to={assignment.respond_by} span={began === null ? undefined : Date.parse(assignment.respond_by) - Date.parse(began)} bar={false} />
    </span>
  );
}

const blockersOf = (task: Task): number[] =>
  task.blocked_by.filter((id) => {
    const blocker = tasks.value.get(id);
    return blocker !== undefined && isOpen(blocker);
  });

function whatItWaitsFor(task: Task, blockers: readonly number[]): string {
  if (blockers.length > 0) return `waits for ${blockers.map((id) => `#${id}`).join(', ')}`;
  if (task.needs_attention !== null) return 'waits for a person';
  return task.is_ping_enabled ? 'waits for an agent' : 'pinging is off';
}
