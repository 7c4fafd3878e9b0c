import { useCallback, useState } from 'preact/hooks';
import type { MenuItem } from '#dashboard/components/menu.tsx';
import { may, speaksFor } from '#dashboard/rights.ts';
import { isOpen } from '#dashboard/store.ts';
import type { Assignment, Task } from '#schemas/resources.ts';
import { acknowledge, complete, reopen } from './answer-task.ts';
import { DeleteDialog } from './delete-dialog.tsx';
import { cancelTask, pingTask, resolveTask } from './direct-task.ts';
import { TaskForm } from './task-form.tsx';
import { type Brief, BriefDialog } from './task-keys.tsx';

/** Everything that can be done with a task now, as a menu shows it, and the dialogs that some of it opens. */

type Asked = Brief | 'edit' | 'delete';
export type AskTask = (what: Asked, task: Task) => void;
interface Asking {
  readonly what: Asked;
  readonly task: Task;
}

export function actsOf(task: Task, assignment: Assignment | undefined, ask: AskTask): MenuItem[] {
  const items: MenuItem[] = [];
  const add = (isPossible: boolean, item: MenuItem): void => {
    if (isPossible) items.push(item);
  };
  const open = isOpen(task);
  const speaks = assignment !== undefined && speaksFor(assignment.agent_id);
  add(open && speaks, { icon: 'check', text: `Acknowledge for ${assignment?.agent_name}`, run: () => assignment && acknowledge(assignment) });
  add(open && speaks, { icon: 'moon', text: `Snooze for ${assignment?.agent_name}…`, run: () => ask('snooze', task) });
  add(open && assignment !== undefined && may('direct_tasks'), { icon: 'send', text: 'Ping now', run: () => pingTask(task.id) });
  add(open && may('direct_tasks'), { icon: 'userPlus', text: assignment === undefined ? 'Assign…' : 'Reassign…', run: () => ask('assign', task) });
  add(task.needs_attention !== null && may('resolve'), { icon: 'userCheck', text: 'Resolve', run: () => resolveTask(task.id) });
  add(open && (speaks || may('change_tasks')), { icon: 'circleCheck', text: 'Complete', run: () => complete(task, assignment) });
  add(may('change_tasks'), { icon: 'pencil', text: 'Edit…', run: () => ask('edit', task) });
  add(!open && may('change_tasks'), { icon: 'rotate', text: 'Reopen', run: () => reopen(task) });
  add(open && may('direct_tasks'), { icon: 'ban', text: 'Cancel task', run: () => cancelTask(task), danger: true });
  add(may('change_tasks'), { icon: 'trash', text: 'Delete…', run: () => ask('delete', task), danger: true });
  return items;
}

/** The dialogs: `ask` opens one, `dialogs` is to be drawn. `gone` is called when the task was deleted. */
export function useAsking(gone: () => void = () => {}) {
  const [asking, setAsking] = useState<Asking | null>(null);
  const close = (): void => setAsking(null);
  // The same each time, so that what is given it is not drawn again for nothing.
  const ask = useCallback<AskTask>((what, task) => setAsking({ what, task }), []);
  return { ask, dialogs: asking === null ? null : <Asked asking={asking} close={close} gone={gone} /> };
}

function Asked({ asking: { what, task }, close, gone }: { readonly asking: Asking; readonly close: () => void; readonly gone: () => void }) {
  switch (what) {
    case 'assign':
    case 'snooze':
      return <BriefDialog what={what} task={task} close={close} />;
    case 'edit':
      return <TaskForm task={task} onClose={close} />;
    case 'delete':
      return <DeleteDialog task={task} onClose={close} gone={gone} />;
    default:
      return what satisfies never;
  }
}
