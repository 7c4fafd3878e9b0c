import { useState } from 'preact/hooks';
import { Connect } from '#dashboard/actions/connect.tsx';
import { ApiProblem, post, told } from '#dashboard/api.ts';
import { Button } from '#dashboard/components/button.tsx';
import { Dialog } from '#dashboard/components/dialog.tsx';
import { fieldsOf, listed } from '#dashboard/forms.ts';
import { learn } from '#dashboard/store.ts';
import type { AgentCreated } from '#schemas/resources.ts';

/** Registers an agent; then shows its token, this once, in the commands that connect it. */
export function RegisterForm({ made: onMade }: { readonly made?: () => void }) {
  const [made, setMade] = useState<AgentCreated | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const fields = fieldsOf(event);
    try {
      const { token, webhook_secret, message, agent_id, ...agent } = await post<AgentCreated>('/agents', {
        name: String(fields.get('name')).trim(),
        capabilities: listed(String(fields.get('capabilities'))),
        type: fields.get('main') === null ? 'sub_agent' : 'main_agent',
      });
      onMade?.();
      learn({ agent });
      setMade({ ...agent, token, webhook_secret, message, agent_id });
    } catch (error) {
      setFault((error instanceof ApiProblem && error.fault('name')) || told(error));
    }
  };
  if (made !== null) {
    return (
      <div class="stack">
        <p>
          <strong>{made.name}</strong> is registered. Its token is shown this once: it stands in the lines below.
        </p>
        <Connect id={made.id} name={made.name} token={made.token} />
      </div>
    );
  }
  return (
    <form class="stack" onSubmit={submit}>
      <div class="field">
        <label for="agent-name">Name</label>
        <input
          id="agent-name"
          name="name"
          class="input"
          required
          maxLength={63}
          spellcheck={false}
          autocomplete="off"
          aria-invalid={fault !== null}
          aria-describedby="agent-name-hint agent-name-fault"
        />
        <p id="agent-name-hint" class="hint">
          Letters, digits, _ and -. It is the MQTT user name, and never changes.
        </p>
        <p id="agent-name-fault" class="fault" role="alert">
          {fault}
        </p>
      </div>
      <div class="field">
        <label for="agent-capabilities">Capabilities</label>
        <input id="agent-capabilities" name="capabilities" class="input" spellcheck={false} autocomplete="off" placeholder="python, writing" />
      </div>
      <label class="check">
        <input type="checkbox" name="main" /> Main agent: it is escalated to, and may delegate
      </label>
      <div class="dialog-actions">
        <Button kind="primary" type="submit" icon="userPlus">
          Register
        </Button>
      </div>
    </form>
  );
}

export const RegisterDialog = ({ onClose }: { readonly onClose: () => void }) => (
  <Dialog title="Add an agent" onClose={onClose} wide>
    <RegisterForm />
  </Dialog>
);
