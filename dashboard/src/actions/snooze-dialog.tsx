import { useState } from 'preact/hooks';
import { Button } from '#dashboard/components/button.tsx';
import { Dialog } from '#dashboard/components/dialog.tsx';
import type { Assignment } from '#schemas/resources.ts';
import { snooze } from './answer-task.ts';
import './snooze-dialog.css';

const OFFERED = [
  [5, '5 min'],
  [15, '15 min'],
  [30, '30 min'],
  [60, '1 h'],
  [240, '4 h'],
  [1440, '1 day'],
] as const;

/** For how long nobody asks. */
export function SnoozeDialog({ assignment, onClose }: { readonly assignment: Assignment; readonly onClose: () => void }) {
  const [text, setText] = useState('');
  const [reason, setReason] = useState('');
  const [fault, setFault] = useState('');
  const go = (minutes: number): void => {
    onClose();
    void snooze(assignment, minutes, reason.trim());
  };
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const minutes = Number(text.replace(',', '.'));
    if (text.trim() === '' || !(minutes >= 0.005)) return setFault('Minutes, as a number: 45, or 0.5 for half a minute');
    go(minutes);
  };
  return (
    <Dialog title={`Snooze task ${assignment.task_id} for ${assignment.agent_name}`} onClose={onClose}>
      <p class="muted">No pings until then; then it is asked again.</p>
      <div class="snooze-choices">
        {OFFERED.map(([minutes, words]) => (
          <Button key={minutes} onClick={() => go(minutes)}>
            {words}
          </Button>
        ))}
      </div>
      <form class="stack" onSubmit={submit} noValidate>
        <div class="field">
          <label for="snooze-minutes">Other, in minutes</label>
          <input
            id="snooze-minutes"
            class="input"
            inputMode="decimal"
            value={text}
            aria-invalid={fault !== ''}
            aria-describedby="snooze-fault"
            onInput={(event) => setText(event.currentTarget.value)}
          />
          <p id="snooze-fault" class="fault" role="alert">
            {fault}
          </p>
        </div>
        <div class="field">
          <label for="snooze-reason">Reason (optional)</label>
          <input id="snooze-reason" class="input" maxLength={500} value={reason} onInput={(event) => setReason(event.currentTarget.value)} />
        </div>
        <div class="dialog-actions">
          <Button kind="primary" type="submit">
            Snooze
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
