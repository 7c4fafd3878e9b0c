import { del } from '#dashboard/api.ts';
import { Button } from '#dashboard/components/button.tsx';
import { Dialog } from '#dashboard/components/dialog.tsx';
import { dropDeleted } from '#dashboard/store.ts';
import { attempt } from '#dashboard/toast.tsx';
import type { Task } from '#schemas/resources.ts';

/** The one thing that is asked about: there is no way back. */
export function DeleteDialog({ task, onClose, gone }: { readonly task: Task; readonly onClose: () => void; readonly gone: () => void }) {
  const go = async (): Promise<void> => {
    if (!(await remove(task))) return;
    onClose();
    gone();
  };
  return (
    <Dialog title={`Delete task ${task.id}?`} onClose={onClose}>
      <p class="any-text">
        <bdi>{task.name}</bdi>
      </p>
      <p class="muted">
        Open work on it is cancelled. It cannot be brought back; its history stays in the events. To stop the work and keep the task, cancel it.
      </p>
      <div class="dialog-actions">
        <Button onClick={onClose} always>
          Keep it
        </Button>
        <Button kind="danger" icon="trash" onClick={go}>
          Delete for good
        </Button>
      </div>
    </Dialog>
  );
}

/** Gives whether it is gone. */
async function remove(task: Task): Promise<boolean> {
  const answer = await attempt(() => del<{ message: string }>(`/tasks/${task.id}`));
  if (answer === undefined) return false;
  dropDeleted(task.id);
  return true;
}
