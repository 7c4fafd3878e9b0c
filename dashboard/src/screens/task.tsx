import { useLocation } from 'preact-iso';
import { taskKeys } from '#dashboard/actions/task-keys.tsx';
import { type AskTask, actsOf, useAsking } from '#dashboard/actions/task-menu.tsx';
import { to } from '#dashboard/address.ts';
import { Button } from '#dashboard/components/button.tsx';
import { Empty } from '#dashboard/components/empty.tsx';
import { Menu } from '#dashboard/components/menu.tsx';
import { Skeleton } from '#dashboard/components/skeleton.tsx';
import { useKeys } from '#dashboard/keys.ts';
import { may } from '#dashboard/rights.ts';
import { Screen } from '#dashboard/screen.tsx';
import { openAssignment, tasks } from '#dashboard/store.ts';
import type { Task } from '#schemas/resources.ts';
import { TaskComments } from './task/comments.tsx';
import { useTaskData } from './task/data.ts';
import { TaskFacts } from './task/facts.tsx';
import { TaskNow } from './task/now.tsx';
import { TaskPhases } from './task/phases.tsx';
import { TaskTimeline } from './task/timeline.tsx';
import { TaskWhy } from './task/why.tsx';
import './task.css';

export function TaskScreen({ id: text }: { readonly id?: string }) {
  const id = /^[1-9]\d{0,14}$/.test(text ?? '') ? Number(text) : 0;
  return <OneTask key={id} id={id} />;
}

function OneTask({ id }: { readonly id: number }) {
  const data = useTaskData(id);
  const { route } = useLocation();
  const { ask, dialogs } = useAsking(() => route(to.tasks));
  const task = tasks.value.get(id) ?? data.task ?? undefined;
  const known = data.state === 'gone' ? undefined : task;
  useKeys('Task', {
    ...taskKeys(() => known, ask),
    e: ['Edit', () => known && may('change_tasks') && ask('edit', known)],
    c: ['Comment', () => document.querySelector<HTMLElement>('#comment')?.focus()],
    u: ['Back to the tasks', () => route(to.tasks)],
  });
  if (known === undefined) return <NotHere id={id} isLoading={data.state === 'loading' && id !== 0} />;
  return (
    <Screen title={<Title task={known} />} name={`#${id} ${known.name.slice(0, 60)}`} actions={<Actions task={known} ask={ask} />}>
      <Body task={known} data={data} ask={ask} />
      {dialogs}
    </Screen>
  );
}

const Title = ({ task }: { readonly task: Task }) => (
  <span class="task-title">
    <span class="muted">#{task.id}</span> <bdi>{task.name}</bdi>
  </span>
);

const Actions = ({ task, ask }: { readonly task: Task; readonly ask: AskTask }) => (
  <>
    {may('change_tasks') && (
      <Button icon="pencil" class="task-edit" onClick={() => ask('edit', task)}>
        Edit
      </Button>
    )}
    <Menu label={`Actions for task ${task.id}`} items={() => actsOf(task, openAssignment(task.id), ask)} />
  </>
);

function Body({ task, data, ask }: { readonly task: Task; readonly data: ReturnType<typeof useTaskData>; readonly ask: AskTask }) {
  const assignment = openAssignment(task.id);
  return (
    <>
      <TaskNow task={task} assignment={assignment} why={data.why} ask={ask} />
      <div class="task-columns">
        <div class="stack">
          <TaskFacts task={task} history={data.history} />
          <TaskPhases taskId={task.id} holderId={task.assigned_agent_id} phases={data.phases} reload={data.reload} />
          <TaskComments taskId={task.id} comments={data.comments} reload={data.reload} />
        </div>
        <div class="stack">
          {data.why !== null && <TaskWhy task={task} why={data.why} holder={assignment?.agent_name ?? null} />}
          <TaskTimeline trail={data.trail} history={data.history} comments={data.comments} why={data.why} isCut={data.isCut} />
        </div>
      </div>
    </>
  );
}

function NotHere({ id, isLoading }: { readonly id: number; readonly isLoading: boolean }) {
  if (isLoading) {
    return (
      <Screen title={`Task ${id}`}>
        <div class="task-columns">
          {['What it is about', 'Why'].map((part) => (
            <div key={part} class="card">
              <Skeleton label={`Reading: ${part}`} lines={7} />
            </div>
          ))}
        </div>
      </Screen>
    );
  }
  return (
    <Screen title="No such task">
      <Empty icon="search" title="It was deleted, or never was">
        <a class="button" href={to.tasks}>
          To the tasks
        </a>
      </Empty>
    </Screen>
  );
}
