import { del, get } from '#dashboard/api.ts';
import { Button } from '#dashboard/components/button.tsx';
import { Dialog } from '#dashboard/components/dialog.tsx';
import { learn } from '#dashboard/store.ts';
import { attempt } from '#dashboard/toast.tsx';
import type { Agent } from '#schemas/resources.ts';

/** Asks first: what it holds goes to others at once, and they are told so. */
export function DeactivateDialog({ agent, onClose }: { readonly agent: Agent; readonly onClose: () => void }) {
  const run = async (): Promise<void> => {
    if ((await attempt(() => del(`/agents/${agent.id}`))) === undefined) return;
    learn({ agent: await get<Agent>(`/agents/${agent.id}`) });
    onClose();
  };
  return (
    <Dialog title={`Deactivate ${agent.name}?`} onClose={onClose}>
      <p>What it holds is escalated to others, and its MQTT connections are closed. Its history stays, and it can be activated again.</p>
      <div class="dialog-actions">
        <Button onClick={onClose} always>
          Keep it
        </Button>
        <Button kind="danger" icon="power" onClick={run}>
          Deactivate
        </Button>
      </div>
    </Dialog>
  );
}
