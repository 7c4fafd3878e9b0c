import { useEffect, useState } from 'preact/hooks';
import { ApiProblem, patch, read, told } from '#dashboard/api.ts';
import { Button } from '#dashboard/components/button.tsx';
import { Dialog } from '#dashboard/components/dialog.tsx';
import { fieldsOf, listed } from '#dashboard/forms.ts';
import { learn } from '#dashboard/store.ts';
import { failed, toast } from '#dashboard/toast.tsx';
import type { Agent } from '#schemas/resources.ts';

/** Changes what can be changed of an agent; refused if somebody else has changed it meanwhile. */
export function EditDialog({ agent, onClose }: { readonly agent: Agent; readonly onClose: () => void }) {
  const [problem, setProblem] = useState<ApiProblem | null>(null);
  const [etag, setEtag] = useState<string | null>(null);
  useEffect(() => {
    read<Agent>(`/agents/${agent.id}`).then((answer) => setEtag(answer.etag), failed);
  }, []);
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const fields = fieldsOf(event);
    const text = (name: string): string => String(fields.get(name) ?? '').trim();
    const wanted = {
      capabilities: listed(text('capabilities')),
      endpoint_url: text('endpoint_url') || null,
      timeout_minutes: Number(text('timeout_minutes')),
      max_concurrent: Number(text('max_concurrent')),
    };
    try {
      const answer = await patch<Agent & { message: string }>(`/agents/${agent.id}`, wanted, { ifMatch: etag ?? undefined });
      learn({ agent: answer });
      toast(answer.message);
      onClose();
    } catch (error) {
      if (error instanceof ApiProblem) setProblem(error);
      else failed(error);
    }
  };
  return (
    <Dialog title={`Edit ${agent.name}`} onClose={onClose}>
      <form class="stack" onSubmit={submit}>
        <Field name="capabilities" label="Capabilities" value={agent.capabilities.join(', ')} hint="With commas between" problem={problem} />
        <Field name="timeout_minutes" label="Minutes to answer a ping" value={String(agent.timeout_minutes)} problem={problem} />
        <Field name="max_concurrent" label="Tasks at once" value={String(agent.max_concurrent)} problem={problem} />
        <Field
          name="endpoint_url"
          label="Webhook"
          value={agent.endpoint_url ?? ''}
          hint="Pings are also sent to this URL, with /ping behind it"
          problem={problem}
        />
        <p class="wrong" role="alert">
          {problem !== null && told(problem)}
        </p>
        <div class="dialog-actions">
          <Button onClick={onClose} always>
            Cancel
          </Button>
          <Button kind="primary" type="submit" disabled={etag === null && 'Loading'}>
            Save
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

interface FieldProps {
  readonly name: string;
  readonly label: string;
  readonly value: string;
  readonly hint?: string;
  readonly problem: ApiProblem | null;
}

function Field({ name, label, value, hint, problem }: FieldProps) {
  const fault = problem?.fault(name);
  return (
    <div class="field">
      <label for={`edit-${name}`}>{label}</label>
      <input
        id={`edit-${name}`}
        name={name}
        class="input"
        defaultValue={value}
        spellcheck={false}
        autocomplete="off"
        aria-invalid={fault !== undefined}
        aria-describedby={`edit-${name}-hint`}
      />
      <p id={`edit-${name}-hint`} class={fault === undefined ? 'hint' : 'fault'}>
        {fault ?? hint}
      </p>
    </div>
  );
}
