import { useCallback, useMemo, useRef, useState } from 'preact/hooks';
import { useQuery } from '#dashboard/address.ts';
import { AgentOptions } from '#dashboard/components/agent-options.tsx';
import { Button } from '#dashboard/components/button.tsx';
import { Calm } from '#dashboard/components/calm.tsx';
import { Empty } from '#dashboard/components/empty.tsx';
import { countSet, FoldedFilters, SearchField } from '#dashboard/components/filters.tsx';
import { useFound } from '#dashboard/components/found.ts';
import { VirtualList } from '#dashboard/components/virtual-list.tsx';
import { Screen } from '#dashboard/screen.tsx';
import { TROUBLE } from '#dashboard/story.tsx';
import { clockTime, exact, localTime } from '#dashboard/time.ts';
import { counted } from '#dashboard/words.ts';
import { wordsOf } from '#schemas/search.ts';
import type { Wanted } from './events/reader.ts';
import { EventRow } from './events/row.tsx';
import { MAX_HELD, THINGS, type Trail, useTrail } from './events/trail.ts';
import './events.css';

/** Of a row in one line, pixels. */
const ROW_PX = 45;
const WRONG = TROUBLE.join();

/** The audit trail: everything that happened, newest first and live; what it is narrowed to stands in the address. */
export function EventsScreen() {
  const [{ kind = '', task = '', agent = '', until = '', q = '' }, change] = useQuery();
  const wanted = { kind, task: /^\d{1,15}$/.test(task) ? task : '', agent, until: timeOf(until), q };
  const trail = useTrail(wanted);
  const isNarrowed = countSet(...Object.values(wanted)) > 0;
  const told = summary(trail, isNarrowed);
  return (
    <Screen
      title="Events"
      actions={
        isNarrowed && (
          <Button kind="quiet" icon="x" onClick={() => change({ kind: null, task: null, agent: null, until: null, q: null })} always>
            Clear filters
          </Button>
        )
      }
    >
      <Filters wanted={wanted} change={change} />
      <div class="row spread events-state">
        <p class="muted small" data-count={trail.state === 'first' ? undefined : trail.events.length} data-state={trail.state}>
          {told}
        </p>
        {isNarrowed && (trail.state === 'first' || trail.state === 'reading') && (
          <Button icon="x" onClick={trail.stop} always>
            Stop
          </Button>
        )}
      </div>
      <Calm text={told} />
      <Events trail={trail} wanted={wanted} />
    </Screen>
  );
}

/** As the API writes it, or '' for what is no time. */
const timeOf = (text: string): string => (Number.isNaN(Date.parse(text)) ? '' : new Date(text).toISOString());

/** How many there are, and how far back that is. */
function summary({ events, state, reached }: Trail, isNarrowed: boolean): string {
  const count = counted(events.length, 'event');
  const back = reached === null ? '' : ` back to ${clockTime(reached)}`;
  switch (state) {
    case 'first':
      return isNarrowed ? 'Searching…' : 'Loading…';
    case 'reading':
      return isNarrowed ? `${count} found, searched${back}…` : `${count}, loading older ones…`;
    case 'more':
      return isNarrowed ? `${count} found, newest first; searched${back === '' ? ' nothing yet' : back}` : `${count}, newest first; older ones on demand`;
    case 'full':
      return `The newest ${MAX_HELD.toLocaleString()}${back}: narrow them down to see older ones`;
    case 'end':
      return isNarrowed ? `${count} found in all that is kept` : count;
    default:
      return state satisfies never;
  }
}

function Events({ trail, wanted }: { readonly trail: Trail; readonly wanted: Wanted }) {
  const { events, state, fault, more } = trail;
  const [open, setOpen] = useState<ReadonlySet<number>>(new Set());
  const toggle = useCallback(
    (id: number): void => setOpen((old) => (old.has(id) ? new Set([...old].filter((each) => each !== id)) : new Set([...old, id]))),
    [],
  );
  const words = useMemo(() => wordsOf(wanted.q), [wanted.q]);
  const list = useRef<HTMLDivElement>(null);
  useFound(list, words);
  const isSearch = countSet(...Object.values(wanted)) > 0;
  return (
    <div class="stack">
      {fault !== null && (
        <p class="wrong" role="alert">
          {fault}
        </p>
      )}
      <div ref={list} hidden={events.length === 0}>
        <VirtualList
          items={events}
          keyOf={({ id }) => id}
          rowHeight={ROW_PX}
          class="card events"
          wholeUpTo={60}
          label="Events, newest first"
          draw={(event) => <EventRow event={event} words={words} isOpen={open.has(event.id)} toggle={toggle} />}
        />
      </div>
      {events.length === 0 && state === 'end' && fault === null && <NoEvents wanted={wanted} isSearch={isSearch} />}
      {(state === 'more' || (state === 'reading' && !isSearch)) && (
        <Button icon={isSearch ? 'search' : 'history'} onClick={more} disabled={state === 'reading' && 'Loading'} always>
          {state === 'reading' ? 'Loading…' : isSearch ? 'Search older events' : 'Older events'}
        </Button>
      )}
    </div>
  );
}

/** What was looked for, and that everything was looked through. */
function NoEvents({ wanted: { kind, task, agent, until, q }, isSearch }: { readonly wanted: Wanted; readonly isSearch: boolean }) {
  if (!isSearch) {
    return (
      <Empty icon="history" title="Nothing has happened yet">
        <p class="muted">Everything that happens is written down here.</p>
      </Empty>
    );
  }
  const what = [
    kind === '' ? 'Every event that is kept' : kind === WRONG ? 'Everything that went wrong' : `Every event ${kind} that is kept`,
    agent === '' ? '' : ` of agent ${agent}`,
    task === '' ? '' : ` of task ${task}`,
    until === '' ? '' : ` from before ${exact(until)}`,
    q === ''
      ? ' was looked at'
      : ` was searched for ${wordsOf(q)
          .map((word) => `“${word.slice(0, 60)}”`)
          .join(' and ')}`,
  ].join('');
  return (
    <Empty icon="search" title="No event is like that">
      <p class="muted">
        {what}.{until === '' && ' What comes in from now on is shown if it fits.'}
      </p>
    </Empty>
  );
}

interface FiltersProps {
  readonly wanted: Wanted;
  readonly change: (patch: Readonly<Record<string, string | null>>) => void;
}

function Filters({ wanted, change }: FiltersProps) {
  return (
    <search class="events-filters">
      <SearchField label="Search all events" value={wanted.q} change={(value) => change({ q: value })} />
      <FoldedFilters set={countSet(wanted.task, wanted.kind, wanted.agent, wanted.until)}>
        <input
          class="input events-task"
          aria-label="Task number"
          placeholder="Task #"
          inputMode="numeric"
          pattern="[0-9]*"
          maxLength={15}
          value={wanted.task}
          onInput={(event) => {
            const text = event.currentTarget.value.replace(/\D/g, '');
            event.currentTarget.value = text;
            change({ task: text });
          }}
        />
        <select class="input" aria-label="Kind" value={wanted.kind} onChange={(event) => change({ kind: event.currentTarget.value })}>
          <option value="">Every kind</option>
          <option value={WRONG}>What went wrong</option>
          {wanted.kind.includes(',') && wanted.kind !== WRONG && <option value={wanted.kind}>{wanted.kind}</option>}
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
        <select class="input" aria-label="Agent" value={wanted.agent} onChange={(event) => change({ agent: event.currentTarget.value })}>
          <option value="">Every agent</option>
          <AgentOptions also={wanted.agent} />
        </select>
        <label class="events-until">
          <span class="muted small">Before</span>
          <input
            class="input"
            type="datetime-local"
            value={wanted.until === '' ? '' : localTime(wanted.until)}
            onChange={(event) => change({ until: timeOf(event.currentTarget.value) })}
          />
        </label>
      </FoldedFilters>
    </search>
  );
}
