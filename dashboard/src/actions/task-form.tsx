import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { to } from '#dashboard/address.ts';
import { patch, post, read } from '#dashboard/api.ts';
import { AgentOptions } from '#dashboard/components/agent-options.tsx';
import { Button } from '#dashboard/components/button.tsx';
import { Dialog } from '#dashboard/components/dialog.tsx';
import { learn } from '#dashboard/store.ts';
import { toast } from '#dashboard/toast.tsx';
import type { Task } from '#schemas/resources.ts';
import { bodyOf, type Draft, draftOf, type Faults, faultsOf } from './task-draft.ts';
import './task-form.css';

interface FieldProps {
  readonly name: keyof Draft;
  readonly label: string;
  readonly hint?: string;
  readonly fault: string | undefined;
  readonly draw: (props: { readonly id: string; readonly 'aria-invalid': boolean; readonly 'aria-describedby': string }) => ComponentChildren;
}

function Field({ name, label, hint, fault, draw }: FieldProps) {
  const id = `task-${name}`;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {draw({ id, 'aria-invalid': fault !== undefined, 'aria-describedby': `${id}-hint ${id}-fault` })}
      <p id={`${id}-fault`} class="fault">
        {fault}
      </p>
      <p id={`${id}-hint`} class="hint">
        {hint}
      </p>
    </div>
  );
}

/** Makes a task, or changes one; what the server refuses stands at its field. A change is refused if somebody changed the task meanwhile. */
export function TaskForm({ task, onClose }: { readonly task?: Task; readonly onClose: () => void }) {
  const form = useTaskForm(task, onClose);
  const { draft, faults } = form;
  const line = (name: keyof Draft, label: string, hint: string, more: object = {}) => (
    <Field
      name={name}
      label={label}
      hint={hint}
      fault={faults[name]}
      draw={(props) => (
        <input {...props} {...more} class="input" value={String(draft[name])} onInput={(event) => form.set({ [name]: event.currentTarget.value })} />
      )}
    />
  );
  return (
    <Dialog title={task === undefined ? 'New task' : `Edit task ${task.id}`} onClose={onClose} wide>
      <form class="stack" onSubmit={form.submit} noValidate ref={form.element}>
        {line('name', 'Name', '', { maxLength: 500, autofocus: true, dir: 'auto' })}
        <Field
          name="description"
          label="Description"
          fault={faults.description}
          draw={(props) => (
            <textarea
              {...props}
              class="input"
              dir="auto"
              rows={4}
              value={draft.description}
              onInput={(event) => form.set({ description: event.currentTarget.value })}
            />
          )}
        />
        <div class="form-grid">
          {task === undefined && line('agent_name', 'Agent', 'Empty: the coordinator chooses', { list: 'task-agents', autocomplete: 'off' })}
          {line('priority', 'Priority', 'Higher is assigned first', { inputMode: 'numeric' })}
          {line('required_capabilities', 'Capabilities', 'An agent must have all of them; commas between')}
          {line('blocked_by', 'Waits for', 'Ids of tasks; commas between')}
          {line('deadline', 'Deadline', 'In the time of this device', { type: 'datetime-local' })}
          {line('escalation_chain', 'Escalation chain', 'Names in order; commas between. Empty: as configured', { autocomplete: 'off' })}
          {line('ping_interval_minutes', 'Ping interval, minutes', task === undefined ? 'Empty: as configured' : '', { inputMode: 'decimal' })}
          <label class="check">
            <input type="checkbox" checked={draft.is_ping_enabled} onChange={(event) => form.set({ is_ping_enabled: event.currentTarget.checked })} />
            <span>
              Pinging
              <span class="hint">Off: asked once, no reminders, no escalation</span>
            </span>
          </label>
        </div>
        <datalist id="task-agents">
          <AgentOptions />
        </datalist>
        <p class="fault" role="alert">
          {faults.form ?? (Object.keys(faults).length > 0 ? 'Not saved: see the marked fields.' : '')}
        </p>
        <div class="dialog-actions">
          <Button onClick={onClose} always>
            {task === undefined ? 'Discard' : 'Cancel'}
          </Button>
          <Button kind="primary" type="submit" disabled={form.isBusy && 'Saving'}>
            {task === undefined ? 'Create task' : 'Save'}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function useTaskForm(task: Task | undefined, onClose: () => void) {
  const { route } = useLocation();
  const element = useRef<HTMLFormElement>(null);
  const etag = useRef<Promise<string | null>>(Promise.resolve(null));
  const before = useRef(task === undefined ? null : draftOf(task));
  const [draft, setDraft] = useState(() => draftOf(task));
  const [faults, setFaults] = useState<Faults>({});
  const [isBusy, setBusy] = useState(false);
  useEffect(() => {
    if (task === undefined) return;
    etag.current = read<Task>(`/tasks/${task.id}`).then(
      (now) => now.etag,
      () => null,
    );
  }, []);
  const refused = (found: Faults): void => {
    setFaults(found);
    requestAnimationFrame(() => element.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
  };
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (isBusy) return;
    const { body, faults: found } = bodyOf(draft, before.current);
    if (Object.keys(found).length > 0) return refused(found);
    if (task !== undefined && Object.keys(body).length === 0) return onClose();
    setBusy(true);
    try {
      const answer = await (task === undefined
        ? post<Task & { message: string }>('/tasks', body)
        : patch<Task & { message: string }>(`/tasks/${task.id}`, body, { ifMatch: (await etag.current) ?? undefined }));
      learn({ task: answer });
      toast(answer.message);
      onClose();
      if (task === undefined && location.pathname !== to.tasks) route(to.task(answer.id));
    } catch (error) {
      refused(faultsOf(error, body));
    } finally {
      setBusy(false);
    }
  };
  return { draft, faults, isBusy, element, submit, set: (more: Partial<Draft>): void => setDraft((old) => ({ ...old, ...more })) };
}
