import { useCallback, useState } from 'preact/hooks';
import type { Keys } from '#dashboard/keys.ts';
import { may, speaksFor } from '#dashboard/rights.ts';
import { isFresh, isOpen, NOT_NOW, openAssignment } from '#dashboard/store.ts';
import { refused } from '#dashboard/toast.tsx';
import type { Task } from '#schemas/resources.ts';
import { acknowledge } from './answer-task.ts';
import { AssignDialog } from './assign-dialog.tsx';
import { pingTask } from './direct-task.ts';
import { SnoozeDialog } from './snooze-dialog.tsx';

/** What the keys do with a task, on every screen that shows one, and the two dialogs that they open. */

export type Brief = 'assign' | 'snooze';

export type AskBrief = (what: Brief, task: Task) => void;

/** The keys that act on the task that is meant when one is pressed. */
export const taskKeys = (current: () => Task | undefined, ask: AskBrief): Keys => ({
  a: ['Acknowledge for the holder', () => byKey('ack', current(), ask)],
  s: ['Snooze for the holder', () => byKey('snooze', current(), ask)],
  p: ['Ping now', () => byKey('ping', current(), ask)],
  r: ['Assign or reassign', () => byKey('assign', current(), ask)],
});

/** What such a key does; says why where it cannot be done. */
export function byKey(key: 'ack' | 'snooze' | 'ping' | 'assign', task: Task | undefined, ask: AskBrief): void {
  if (task === undefined) return refused('Nothing is in focus that this could be about: j and k go through what there is');
  if (!isFresh.value) return refused(NOT_NOW);
  const assignment = openAssignment(task.id);
  if (!isOpen(task)) return refused(`Task ${task.id} is ${task.status}`);
  if (key === 'assign') return may('direct_tasks') ? ask('assign', task) : refused('Only the admin and main agents assign tasks');
  if (assignment === undefined) return refused(`Nobody holds task ${task.id}`);
  if (key === 'ping') return void pingTask(task.id);
  if (!speaksFor(assignment.agent_id)) return refused(`Only the admin speaks for ${assignment.agent_name}`);
  if (key === 'ack') return void acknowledge(assignment);
  ask('snooze', task);
}

/** The dialogs: `ask` opens one, `dialogs` is to be drawn. */
export function useBriefAsking() {
  const [asking, setAsking] = useState<{ readonly what: Brief; readonly task: Task } | null>(null);
  const ask = useCallback<AskBrief>((what, task) => setAsking({ what, task }), []);
  return { ask, dialogs: asking === null ? null : <BriefDialog {...asking} close={() => setAsking(null)} /> };
}

export function BriefDialog({ what, task, close }: { readonly what: Brief; readonly task: Task; readonly close: () => void }) {
  const assignment = openAssignment(task.id);
  if (what === 'assign') return <AssignDialog task={task} onClose={close} />;
  return assignment === undefined ? null : <SnoozeDialog assignment={assignment} onClose={close} />;
}
