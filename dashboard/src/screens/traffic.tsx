import { useEffect, useRef, useState } from 'preact/hooks';
import { useQuery } from '#dashboard/address.ts';
import { Button } from '#dashboard/components/button.tsx';
import { Empty } from '#dashboard/components/empty.tsx';
import { Chips } from '#dashboard/components/filters.tsx';
import { type Message, MessageDialog, MessageRow } from '#dashboard/components/message.tsx';
import { VirtualList } from '#dashboard/components/virtual-list.tsx';
import { useKeys } from '#dashboard/keys.ts';
import { useMqttAddress } from '#dashboard/mqtt-address.ts';
import { Screen } from '#dashboard/screen.tsx';
import { me } from '#dashboard/store.ts';
import { filterFault, type Listening, MAX_HELD, useTraffic } from './traffic/link.ts';
import './traffic.css';

const ROW_PX = 44;

/** MQTT as it goes through the broker, live. What is listened to stands in the address. */
export function TrafficScreen() {
  const [{ filter: asked, direction = '', quiet = '' }, change] = useQuery();
  const filter = asked ?? defaultFilter();
  const fault = filterFault(filter);
  const [isPaused, setPaused] = useState(false);
  const [open, setOpen] = useState<Message | null>(null);
  const traffic = useTraffic(fault === null ? filter : '', isPaused);
  const address = useMqttAddress();
  const heard = quiet === '' ? traffic.messages : traffic.messages.filter(({ topic }) => !topic.endsWith('/heartbeat'));
  const shown = direction === '' ? heard : heard.filter((message) => message.direction === direction);
  const count = (of: Message['direction']): number => heard.filter((message) => message.direction === of).length;
  return (
    <Screen
      title="Traffic"
      actions={
        <>
          <Button icon={isPaused ? 'activity' : 'circlePause'} onClick={() => setPaused(!isPaused)} always>
            {isPaused ? `Go on${traffic.waiting > 0 ? ` (${traffic.waiting} new)` : ''}` : 'Pause'}
          </Button>
          <Button icon="x" onClick={traffic.clear} always>
            Clear
          </Button>
        </>
      }
    >
      <FilterForm filter={filter} fault={fault} listen={(next) => change({ filter: next })} />
      <div class="row wrap spread">
        <div class="filters">
          <Chips
            label="Direction"
            choices={[
              { value: 'in', text: 'To the coordinator', count: count('in') },
              { value: 'out', text: 'From the coordinator', count: count('out') },
            ]}
            chosen={direction}
            choose={(value) => change({ direction: value })}
          />
          <label class="check">
            <input type="checkbox" checked={quiet !== ''} onChange={(event) => change({ quiet: event.currentTarget.checked ? '1' : null })} />
            Hide heartbeats
          </label>
        </div>
        <p class="muted small" role="status">
          <State state={traffic.state} isPaused={isPaused} />
          {shown.length >= MAX_HELD && ` The newest ${MAX_HELD} are kept.`}
        </p>
      </div>
      {shown.length === 0 ? (
        <Nothing state={traffic.state} />
      ) : (
        <div class="card traffic">
          <VirtualList
            items={shown}
            keyOf={({ n }) => n}
            rowHeight={ROW_PX}
            label="Messages, newest first"
            draw={(message) => <MessageRow message={message} open={() => setOpen(message)} />}
          />
        </div>
      )}
      {open !== null && <MessageDialog message={open} address={address} onClose={() => setOpen(null)} />}
    </Screen>
  );
}

/** The widest that this login may listen to. */
function defaultFilter(): string {
  const who = me.value;
  return who?.role === 'admin' ? '#' : `agents/${who?.actor ?? '+'}/#`;
}

const PRESETS: readonly (readonly [text: string, filter: string])[] = [
  ['Everything', '#'],
  ['Pings', 'agents/+/ping'],
  ['Acks', 'agents/+/ack'],
  ['Replies', 'agents/+/reply'],
  ['Alerts', 'coordinator/alerts/#'],
  ['Events', 'coordinator/events/#'],
];

function FilterForm({ filter, fault, listen }: { readonly filter: string; readonly fault: string | null; readonly listen: (filter: string) => void }) {
  const [draft, setDraft] = useState(filter);
  useEffect(() => setDraft(filter), [filter]);
  const input = useRef<HTMLInputElement>(null);
  useKeys('Traffic', {
    '/': [
      'The topic filter',
      () => {
        input.current?.focus();
        input.current?.select();
      },
    ],
  });
  return (
    <div class="stack traffic-filter">
      <form
        class="row"
        onSubmit={(event) => {
          event.preventDefault();
          listen(draft.trim());
        }}
      >
        <div class="field">
          <label for="filter">Topic filter</label>
          <input
            ref={input}
            id="filter"
            name="filter"
            class="input mono"
            value={draft}
            onInput={(event) => setDraft(event.currentTarget.value)}
            maxLength={1024}
            autocomplete="off"
            autocapitalize="off"
            spellcheck={false}
            aria-invalid={fault !== null}
            aria-describedby="filter-hint"
          />
        </div>
        <Button kind="primary" type="submit" icon="radio" always>
          Listen
        </Button>
      </form>
      <p id="filter-hint" class={fault === null ? 'muted small' : 'wrong small'} role={fault === null ? undefined : 'alert'}>
        {fault ?? (
          <>
            <code>+</code> stands for one level, <code>#</code> for all that follow. Retained messages come at once, others as they are sent.
          </>
        )}
      </p>
      {me.value?.role === 'admin' && (
        <fieldset class="chips">
          <legend class="visually-hidden">Often wanted</legend>
          {PRESETS.map(([text, preset]) => (
            <button key={preset} type="button" class="chip" aria-pressed={preset === filter} onClick={() => listen(preset)}>
              {text}
            </button>
          ))}
        </fieldset>
      )}
    </div>
  );
}

const WORDS = { connecting: 'Connecting…', open: 'Listening.', lost: 'Connection lost; trying again…' } as const;

function State({ state, isPaused }: { readonly state: Listening; readonly isPaused: boolean }) {
  if (state.is === 'refused') return <>{state.why}</>;
  return <>{isPaused && state.is === 'open' ? 'Paused: what comes in waits.' : WORDS[state.is]}</>;
}

function Nothing({ state }: { readonly state: Listening }) {
  if (state.is === 'refused') {
    return (
      <Empty icon="alert" title={state.why}>
        <p class="muted">An agent may listen to its own topics, a main agent also to what the coordinator tells everybody.</p>
      </Empty>
    );
  }
  return (
    <Empty icon="radio" title={state.is === 'open' ? 'Quiet' : WORDS[state.is]}>
      <p class="muted">What is sent from now on, and fits the filter, shows up here.</p>
    </Empty>
  );
}
