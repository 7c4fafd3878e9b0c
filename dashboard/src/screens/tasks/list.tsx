import { type AskTask, actsOf } from '#dashboard/actions/task-menu.tsx';
import { to } from '#dashboard/address.ts';
import { Countdown } from '#dashboard/components/age.tsx';
import { Announced } from '#dashboard/components/announced.tsx';
import { Button } from '#dashboard/components/button.tsx';
import { Empty } from '#dashboard/components/empty.tsx';
import { Menu } from '#dashboard/components/menu.tsx';
import { Badge, StatusBadge } from '#dashboard/components/status-badge.tsx';
import { VirtualList } from '#dashboard/components/virtual-list.tsx';
import { isNarrow } from '#dashboard/narrow.ts';
import { isOpen } from '#dashboard/store.ts';
import { Holder, NextMoment, Pick, Priority } from './card.tsx';
import { hasOlder, readOlder } from './read.ts';
import type { Filter, Row } from './rows.ts';
import './list.css';

/** In pixels, as list.css has them. */
const ROW = 56;
const ROW_ON_A_PHONE = 116;

/** All of them, a line each; thousands cost what a screenful does. */
export function TaskList({ rows, filter, ask }: { readonly rows: readonly Row[]; readonly filter: Filter; readonly ask: AskTask }) {
  if (rows.length === 0) {
    return (
      <Empty icon="search" title="No task fits">
        <p class="muted">
          {filter.q === '' ? 'Choose another state, or clear the filters.' : `Nothing is named “${filter.q.slice(0, 60)}”, and no task has this id.`}
        </p>
      </Empty>
    );
  }
  return (
    <div class="task-list card">
      <div class="task-line task-line-head muted" aria-hidden="true">
        <span class="task-line-name">Task</span>
        <span>State</span>
        <span>Holder</span>
        <span>Next</span>
      </div>
      <VirtualList
        items={rows}
        keyOf={({ task }) => task.id}
        rowHeight={isNarrow.value ? ROW_ON_A_PHONE : ROW}
        label="Tasks"
        draw={(row) => <TaskLine row={row} ask={ask} />}
      />
      {filter.q === '' && hasOlder(filter.status) && (
        <p class="task-list-older">
          <Button kind="quiet" icon="chevronDown" onClick={() => readOlder(filter.status)} always>
            Older closed tasks
          </Button>
        </p>
      )}
    </div>
  );
}

function TaskLine({ row, ask }: { readonly row: Row; readonly ask: AskTask }) {
  const { task, column } = row;
  return (
    <div class="task-line" data-column={column}>
      <span>
        <Pick task={task} />
      </span>
      <span class="task-line-name">
        <a class="task-name name" href={to.task(task.id)} data-row={task.id}>
          <span class="muted small">#{task.id}</span> <bdi>{task.name}</bdi>
        </a>
        {task.priority !== 0 && <Priority value={task.priority} />}
      </span>
      <span class="task-line-state">
        <Announced taskId={task.id} />
        <State row={row} />
      </span>
      <span class="task-line-rest">
        <span class="task-line-holder">
          <Holder row={row} />
        </span>
        <span class="task-line-next">
          {isOpen(task) && <NextMoment row={row} />}
          {isOpen(task) && task.deadline !== null && (
            <span class="task-fact task-line-due">
              <span class="muted">due</span> <Countdown to={task.deadline} bar={false} />
            </span>
          )}
        </span>
      </span>
      <span class="task-menu">
        <Menu label={`Actions for task ${task.id}`} items={() => actsOf(task, row.assignment, ask)} />
      </span>
    </div>
  );
}

/** Its column in a badge. */
export function State({ row: { task, assignment, column } }: { readonly row: Row }) {
  if (!isOpen(task)) return <StatusBadge task={task.status} />;
  if (task.needs_attention !== null) return <StatusBadge attention={task.needs_attention} />;
  if (assignment !== undefined) return <StatusBadge assignment={assignment.status} />;
  return column === 'todo' && task.status === 'in_progress' ? <Badge look={['calm', 'circle', 'begun, no holder']} /> : <StatusBadge task="todo" />;
}
