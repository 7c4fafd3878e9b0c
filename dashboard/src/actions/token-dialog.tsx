import { useState } from 'preact/hooks';
import { post } from '#dashboard/api.ts';
import { Button } from '#dashboard/components/button.tsx';
import { Dialog } from '#dashboard/components/dialog.tsx';
import { attempt } from '#dashboard/toast.tsx';
import type { Agent } from '#schemas/resources.ts';
import { Connect } from './connect.tsx';

/** A new token: asks first, as the old one stops at once and its connections are closed; then shows it, this once. */
export function TokenDialog({ agent, onClose }: { readonly agent: Agent; readonly onClose: () => void }) {
  const [token, setToken] = useState<string | null>(null);
  const renew = async (): Promise<void> => {
    const answer = await attempt(() => post<{ token: string; message: string }>(`/agents/${agent.id}/token`));
    if (answer !== undefined) setToken(answer.token);
  };
  return (
    <Dialog title={`New token for ${agent.name}`} onClose={onClose} wide={token !== null}>
      {token === null ? (
        <>
          <p>The present token stops working at once, and the agent’s MQTT connections are closed. The new one is shown once.</p>
          <div class="dialog-actions">
            <Button onClick={onClose} always>
              Keep the present one
            </Button>
            <Button kind="primary" icon="key" onClick={renew}>
              Make a new token
            </Button>
          </div>
        </>
      ) : (
        <Connect id={agent.id} name={agent.name} token={token} />
      )}
    </Dialog>
  );
}
