import { useCallback, useState } from 'preact/hooks';
import { useQuery } from '#dashboard/address.ts';
import { AgentOptions } from '#dashboard/components/agent-options.tsx';
import { Button } from '#dashboard/components/button.tsx';
import { Calm } from '#dashboard/components/calm.tsx';
import { Empty } from '#dashboard/components/empty.tsx';
import { SearchField } from '#dashboard/components/filters.tsx';
import { VirtualList } from '#dashboard/components/virtual-list.tsx';
import { Screen } from '#dashboard/screen.tsx';
import type { Event } from '#schemas/resources.ts';
import { says, THINGS, type Trail, useTrail, type Wanted } from './events-model.ts';
import { EventRow } from './events-row.tsx';
import './events.css';

/** Of a row in one line, pixels. */
const ROW_PX = 45;

/** The audit trail: everything that happened, newest first and live; what it is narrowed to stands in the address. */
export function EventsScreen() {
  const [{ kind = '', task = '', agent = '', q = '' }, change] = useQuery();
  const trail = useTrail({ kind, task: /^\d{1,15}$/.test(task) ? task : '', agent });
  const shown = q === '' ? trail.events : trail.events.filter((event) => says(event, q));
  const isNarrowed = kind !== '' || task !== '' || agent !== '' || q !== '';
  const told = trail.state === 'first' ? 'Loading…' : summary(shown.length, trail, q);
  return (
    <Screen
      title="Events"
      actions={
        isNarrowed && (
          <Button kind="quiet" icon="x" onClick={() => change({ kind: null, task: null, agent: null, q: null })} always>
            Clear filters
          </Button>
        )
      }
    >
      <Filters wanted={{ kind, task, agent }} q={q} change={change} />
      <p class="muted small" data-count={trail.state === 'first' ? undefined : shown.length}>
        {told}
      </p>
      <Calm text={told} />
      <Events shown={shown} trail={trail} isNarrowed={isNarrowed} />
    </Screen>
  );
}

function summary(count: number, { events, state }: Trail, q: string): string {
  const all = state === 'end' ? '' : ', newest first; older ones on demand';
  return q === '' ? `${count} ${count === 1 ? 'event' : 'events'}${all}` : `${count} of ${events.length} loaded events say “${q}”${all}`;
}

function Events({ shown, trail, isNarrowed }: { readonly shown: readonly Event[]; readonly trail: Trail; readonly isNarrowed: boolean }) {
  const { state, fault, older } = trail;
  const [open, setOpen] = useState<ReadonlySet<number>>(new Set());
  const toggle = useCallback(
    (id: number): void => setOpen((old) => (old.has(id) ? new Set([...old].filter((each) => each !== id)) : new Set([...old, id]))),
    [],
  );
  return (
    <div class="stack">
      {fault !== null && (
        <p class="wrong" role="alert">
          {fault}
        </p>
      )}
      {shown.length > 0 && (
        <VirtualList
          items={shown}
          keyOf={({ id }) => id}
          rowHeight={ROW_PX}
          class="card events"
          wholeUpTo={60}
          label="Events, newest first"
          draw={(event) => <EventRow event={event} isOpen={open.has(event.id)} toggle={toggle} />}
        />
      )}
      {shown.length === 0 && state === 'end' && fault === null && (
        <Empty icon="history" title={isNarrowed ? 'No event is like that' : 'Nothing has happened yet'}>
          <p class="muted">{isNarrowed ? 'Take a filter away to see more.' : 'Everything that happens is written down here.'}</p>
        </Empty>
      )}
      {(state === 'more' || state === 'older') && (
        <Button icon="history" onClick={older} disabled={state === 'older' && 'Loading'} always>
          {state === 'older' ? 'Loading…' : 'Older events'}
        </Button>
      )}
    </div>
  );
}

interface FiltersProps {
  readonly wanted: Wanted;
  readonly q: string;
  readonly change: (patch: Readonly<Record<string, string | null>>) => void;
}

function Filters({ wanted, q, change }: FiltersProps) {
  const [task, setTask] = useState(wanted.task);
  return (
    <search class="events-filters">
      <SearchField label="Search what is loaded" value={q} change={(value) => change({ q: value })} />
      <div class="field">
        <label for="events-kind">Kind</label>
        <select id="events-kind" class="input" value={wanted.kind} onChange={(event) => change({ kind: event.currentTarget.value })}>
          <option value="">Every kind</option>
          {[...THINGS].map(([thing, kinds]) => (
            <optgroup key={thing} label={thing}>
              <option value={`${thing}.*`}>{thing}: all</option>
              {kinds.map((kind) => (
                <option key={kind} value={kind}>
                  {kind}
                </option>
              ))}
            </optgroup>
          ))}
        </select>
      </div>
      <div class="field">
        <label for="events-agent">Agent</label>
        <select id="events-agent" class="input" value={wanted.agent} onChange={(event) => change({ agent: event.currentTarget.value })}>
          <option value="">Every agent</option>
          <AgentOptions also={wanted.agent} />
        </select>
      </div>
      <div class="field">
        <label for="events-task">Task number</label>
        <input
          id="events-task"
          class="input"
          inputMode="numeric"
          pattern="[0-9]*"
          maxLength={15}
          value={wanted.task === '' ? task : wanted.task}
          onInput={(event) => {
            const text = event.currentTarget.value.replace(/\D/g, '');
            setTask(text);
            change({ task: text });
          }}
        />
      </div>
    </search>
  );
}
