import { signal } from '@preact/signals';
import { useEffect, useState } from 'preact/hooks';
import { post } from '#dashboard/api.ts';
import { AgentOptions } from '#dashboard/components/agent-options.tsx';
import { Button } from '#dashboard/components/button.tsx';
import { Dialog } from '#dashboard/components/dialog.tsx';
import { isOpen, tasks } from '#dashboard/store.ts';
import { attempt, failed, withUndo } from '#dashboard/toast.tsx';
import { counted } from '#dashboard/words.ts';
import './bulk.css';

/** Several tasks at once. What one refuses is no matter of the others: what was refused, and why, is told. */

export const selected = signal<ReadonlySet<number>>(new Set());

export function toggle(id: number): void {
  const task = tasks.value.get(id);
  if (task === undefined || !isOpen(task)) return;
  const next = new Set(selected.value);
  if (!next.delete(id)) next.add(id);
  selected.value = next;
}

function clear(): void {
  selected.value = new Set();
}

type Action = 'assign' | 'cancel' | 'resolve' | 'ping';
interface Done {
  readonly message: string;
  readonly items: readonly { readonly task_id: number; readonly ok: boolean; readonly error?: { readonly detail: string } }[];
}
const MAX_TOLD = 3;
/** POST /tasks/bulk takes so many. */
const MAX_AT_ONCE = 1000;

async function send(action: Action, ids: readonly number[], agentName?: string): Promise<undefined> {
  const done = await post<Done>('/tasks/bulk', { action, ids, ...(agentName === undefined ? {} : { agent_name: agentName }) }, { keepalive: true });
  const refused = done.items.filter(({ ok }) => !ok);
  selected.value = new Set(refused.map(({ task_id }) => task_id));
  await attempt(async () => undefined, `${done.items.length - refused.length} of ${done.items.length} done`);
  if (refused.length === 0) return;
  const told = refused.slice(0, MAX_TOLD).map(({ task_id, error }) => `#${task_id}: ${error?.detail ?? 'refused'}`);
  failed(new Error([...told, ...(refused.length > MAX_TOLD ? [`and ${refused.length - MAX_TOLD} more`] : [])].join(' · ')));
}

const WORDS: Readonly<Record<Action, string>> = { assign: 'Assigning', cancel: 'Cancelling', resolve: 'Resolving', ping: 'Pinging' };

/** Pinging and resolving take nothing from anybody: at once. The others leave time to undo. */
function act(action: Action, agentName?: string): void {
  const ids = [...selected.value].slice(0, MAX_AT_ONCE);
  if (action === 'ping' || action === 'resolve') void attempt(() => send(action, ids));
  else
    withUndo(`${WORDS[action]} ${counted(ids.length, 'task')}${agentName === undefined ? '' : ` to ${agentName}`}`, () => send(action, ids, agentName), {
      taskIds: ids,
      words: WORDS[action].toLowerCase(),
    });
}

/** What can be done with the selection; there while something is selected. */
export function BulkBar() {
  const [isAssigning, setAssigning] = useState(false);
  useEffect(() => clear, []);
  const count = selected.value.size;
  if (count === 0) return null;
  return (
    <section class="bulk-bar" aria-label="Selected tasks">
      <strong aria-live="polite">{count} selected</strong>
      <Button icon="userPlus" onClick={() => setAssigning(true)}>
        Assign…
      </Button>
      <Button icon="send" onClick={() => act('ping')}>
        Ping
      </Button>
      <Button icon="userCheck" onClick={() => act('resolve')}>
        Resolve
      </Button>
      <Button icon="ban" kind="danger" onClick={() => act('cancel')}>
        Cancel
      </Button>
      <Button icon="x" kind="quiet" label="Clear the selection" onClick={clear} always />
      {isAssigning && <BulkAssign count={count} onClose={() => setAssigning(false)} />}
    </section>
  );
}

function BulkAssign({ count, onClose }: { readonly count: number; readonly onClose: () => void }) {
  const [name, setName] = useState('');
  const go = (event: SubmitEvent): void => {
    event.preventDefault();
    onClose();
    act('assign', name.trim() === '' ? undefined : name.trim());
  };
  return (
    <Dialog title={`Assign ${counted(count, 'task')}`} onClose={onClose}>
      <form class="stack" onSubmit={go}>
        <div class="field">
          <label for="bulk-agent">Agent</label>
          <input
            id="bulk-agent"
            class="input"
            list="bulk-agents"
            autocomplete="off"
            aria-describedby="bulk-hint"
            value={name}
            onInput={(event) => setName(event.currentTarget.value)}
          />
          <p id="bulk-hint" class="hint">
            Empty: the coordinator chooses for each.
          </p>
          <datalist id="bulk-agents">
            <AgentOptions />
          </datalist>
        </div>
        <div class="dialog-actions">
          <Button kind="primary" type="submit">
            Assign
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
