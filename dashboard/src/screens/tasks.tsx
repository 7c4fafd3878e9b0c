import { useEffect, useRef, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { TaskForm } from '#dashboard/actions/task-form.tsx';
import { taskKeys } from '#dashboard/actions/task-keys.tsx';
import { useAsking } from '#dashboard/actions/task-menu.tsx';
import { to, useQuery } from '#dashboard/address.ts';
import { Button } from '#dashboard/components/button.tsx';
import { Empty } from '#dashboard/components/empty.tsx';
import { Segments } from '#dashboard/components/segments.tsx';
import { focusedRow, useKeys } from '#dashboard/keys.ts';
import { isNarrow } from '#dashboard/narrow.ts';
import { may } from '#dashboard/rights.ts';
import { Screen } from '#dashboard/screen.tsx';
import { connection } from '#dashboard/store.ts';
import type { Task } from '#schemas/resources.ts';
import { AgentStrip } from './tasks/agent-strip.tsx';
import { Board } from './tasks/board.tsx';
import { BulkBar, selected, toggle } from './tasks/bulk.tsx';
import { useTotals } from './tasks/counts.ts';
import { TaskFilters } from './tasks/filters.tsx';
import { TaskList } from './tasks/list.tsx';
import { isClosedRead, useReadTasks } from './tasks/read.ts';
import { COLUMNS, filterOf, fitting, rows } from './tasks/rows.ts';
import './tasks.css';

const VIEWS = [
  { value: 'board', text: 'Board', icon: 'board' },
  { value: 'list', text: 'List', icon: 'list' },
] as const;

export function TasksScreen() {
  const [fields, change] = useQuery();
  const { route } = useLocation();
  const [isMaking, setMaking] = useState(fields['new'] !== undefined);
  const { ask, dialogs } = useAsking();
  const filter = filterOf(fields);
  useReadTasks(filter.q);
  const view = fields['view'] ?? (isNarrow.value ? 'list' : 'board');
  const fit = fitting(rows.value, filter);
  const isColumn = COLUMNS.some((column) => column === filter.status);
  const shown = filter.status === '' ? fit : fit.filter(({ column, task }) => (isColumn ? column : task.status) === filter.status);
  const totals = useTotals(fit, filter);
  const follow = useFollow();
  const actedOn = (): Task | undefined => {
    const row = focusedRow();
    follow(row);
    return rows.value.find(({ task }) => String(task.id) === row)?.task;
  };
  const other = view === 'board' ? 'list' : 'board';
  useKeys('Tasks', {
    n: ['New task', () => may('direct_tasks') && setMaking(true)],
    ...taskKeys(actedOn, ask),
    x: ['Select', () => toggle(Number(focusedRow() ?? 0))],
    v: [`Show the ${other}`, () => change({ view: other })],
  });
  const isNothing = rows.value.length === 0 && isClosedRead.value && connection.value.state !== 'connecting';
  return (
    <Screen
      title="Tasks"
      actions={
        <>
          <Segments label="View" segments={VIEWS} chosen={view === 'list' ? 'list' : 'board'} choose={(chosen) => change({ view: chosen })} />
          {may('direct_tasks') && (
            <Button kind="primary" icon="plus" onClick={() => setMaking(true)}>
              New task
            </Button>
          )}
        </>
      }
    >
      {!isNothing && <TaskFilters filter={filter} totals={totals} change={change} />}
      {!isNarrow.value && !isNothing && <AgentStrip chosen={filter.agent} choose={(agent) => change({ agent })} />}
      {isNothing ? (
        <Empty icon="listChecks" title="No tasks yet">
          <p class="muted">Whoever gets one is pinged until the answer comes; silence escalates.</p>
          {may('direct_tasks') && (
            <Button kind="primary" icon="plus" onClick={() => setMaking(true)}>
              Make the first task
            </Button>
          )}
        </Empty>
      ) : view === 'list' ? (
        <TaskList rows={shown} filter={filter} ask={ask} />
      ) : (
        <Board rows={shown} totals={totals} only={filter.status} ask={ask} showAll={(status) => change({ status, view: 'list' })} />
      )}
      <BulkBar />
      {isMaking && (
        <TaskForm
          onClose={() => {
            setMaking(false);
            if (fields['new'] !== undefined) route(to.tasks, true);
          }}
        />
      )}
      {dialogs}
      {selected.value.size > 0 && <div class="bulk-room" />}
    </Screen>
  );
}

/** A task that was acted upon by key keeps the focus when it moves to another column, until the mouse is used. */
function useFollow(): (row: string | null) => void {
  const followed = useRef<string | null>(null);
  useEffect(() => {
    const stop = (): void => {
      followed.current = null;
    };
    addEventListener('pointerdown', stop);
    return () => removeEventListener('pointerdown', stop);
  }, []);
  useEffect(() => {
    const row = followed.current;
    if (row === null || document.querySelector('dialog[open]') !== null) return;
    if (document.activeElement !== document.body && document.activeElement !== null) return;
    document.querySelector<HTMLElement>(`main [data-row="${CSS.escape(row)}"]`)?.focus();
  });
  return (row) => {
    followed.current = row;
  };
}
