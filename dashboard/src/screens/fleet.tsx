import { useCallback, useEffect, useState } from 'preact/hooks';
import { DeactivateDialog } from '#dashboard/actions/deactivate-dialog.tsx';
import { byKey, useBriefAsking } from '#dashboard/actions/task-keys.tsx';
import { TokenDialog } from '#dashboard/actions/token-dialog.tsx';
import { useQuery } from '#dashboard/address.ts';
import { useBeats } from '#dashboard/beats.ts';
import { Button } from '#dashboard/components/button.tsx';
import { Calm } from '#dashboard/components/calm.tsx';
import { Empty } from '#dashboard/components/empty.tsx';
import { Chips, countSet, FoldedFilters, SearchField } from '#dashboard/components/filters.tsx';
import { Segments } from '#dashboard/components/segments.tsx';
import { VirtualList } from '#dashboard/components/virtual-list.tsx';
import { focusedRow, useKeys } from '#dashboard/keys.ts';
import { followLiveness } from '#dashboard/liveness.ts';
import { may, whyNotDeactivated } from '#dashboard/rights.ts';
import { Screen } from '#dashboard/screen.tsx';
import { activeAgents, agents, connection, tasks } from '#dashboard/store.ts';
import { counted } from '#dashboard/words.ts';
import { workOf } from '#dashboard/work.ts';
import type { Agent, Task } from '#schemas/resources.ts';
import type { AskAgent, AskedOfAgent } from './fleet/agent-menu.tsx';
import { AgentCard } from './fleet/card.tsx';
import { capabilityChoices, narrowed, statusChoices, typeChoices, wantedOf } from './fleet/filters.ts';
import { GiveDialog } from './fleet/give-dialog.tsx';
import { RegisterDialog, RegisterForm } from './fleet/register.tsx';
import { AgentRow, AgentRowHead, rowHeight } from './fleet/row.tsx';
import './fleet.css';

/** Up to so many agents are shown as cards unless somebody wants a list. */
const MAX_CARDS = 60;
const MAX_CAPABILITY_CHIPS = 10;
const VIEWS = [
  { value: 'cards', text: 'Cards', icon: 'cards' },
  { value: 'list', text: 'List', icon: 'list' },
] as const;
/** Pixels, as fleet.css has them. */
const TILES = { width: 296, gap: 16 } as const;
const CARD_HEIGHT = 246;

type Open = { readonly what: AskedOfAgent; readonly agent: Agent } | { readonly what: 'register' } | null;

/** What it says it works on, or else what it holds. */
const workedOn = (agent: Agent): Task | undefined => tasks.value.get(agent.current_task_id ?? workOf.value.get(agent.id)?.[0]?.task_id ?? 0);

/** Who is alive, and who holds what. */
export function FleetScreen() {
  const [open, setOpen] = useState<Open>(null);
  // Its token is on the page: that stays until somebody has it.
  const [isFirst, setFirst] = useState(false);
  const { state } = connection.value;
  useEffect(() => void followLiveness(), [state]);
  useBeats();
  // The same each time, so that agents that did not change are not drawn again.
  const ask = useCallback<AskAgent>((agent, what) => setOpen({ what, agent }), []);
  const onRow = (run: (agent: Agent) => void) => (): void => {
    const agent = agents.value.get(Number(focusedRow()));
    if (agent !== undefined) run(agent);
  };
  const asking = useBriefAsking();
  const key = (what: 'ack' | 'snooze' | 'ping') => onRow((agent) => byKey(what, workedOn(agent), asking.ask));
  useKeys('Fleet', {
    a: ['Acknowledge for the agent in focus what it works on', key('ack')],
    s: ['Snooze that', key('snooze')],
    p: ['Ping the agent about it', key('ping')],
    r: ['Give the agent in focus a task', onRow((agent) => ask(agent, 'give'))],
    x: ['Deactivate the agent in focus', onRow((agent) => whyNotDeactivated(agent) === false && ask(agent, 'deactivate'))],
  });
  const everyone = activeAgents.value;
  const close = (): void => setOpen(null);
  return (
    <Screen
      title="Fleet"
      actions={
        may('change_agents') && (
          <Button kind="primary" icon="plus" onClick={() => setOpen({ what: 'register' })}>
            Add an agent
          </Button>
        )
      }
    >
      {isFirst || (everyone.every(({ type }) => type === 'main_agent') && state !== 'connecting') ? (
        <FirstAgent everyone={everyone} ask={ask} isMade={isFirst} made={() => setFirst(true)} done={() => setFirst(false)} />
      ) : (
        <Agents everyone={everyone} ask={ask} />
      )}
      {asking.dialogs}
      {open?.what === 'register' && <RegisterDialog onClose={close} />}
      {open?.what === 'give' && <GiveDialog agent={open.agent} onClose={close} />}
      {open?.what === 'deactivate' && <DeactivateDialog agent={open.agent} onClose={close} />}
      {open?.what === 'token' && <TokenDialog agent={open.agent} onClose={close} />}
    </Screen>
  );
}

interface AgentsProps {
  readonly everyone: readonly Agent[];
  readonly ask: AskAgent;
}

function Agents({ everyone, ask }: AgentsProps) {
  const [query, change] = useQuery();
  const wanted = wantedOf(query);
  const found = narrowed(everyone, wanted);
  const isList = (query['view'] ?? (everyone.length > MAX_CARDS ? 'list' : 'cards')) === 'list';
  const all = counted(everyone.length, 'agent');
  const told = found.length === everyone.length ? all : `${found.length} of ${all}`;
  const clear = (): void => change({ status: null, type: null, capability: null, q: null });
  return (
    <>
      <div class="filters fleet-filters">
        <SearchField label="Search agents" value={wanted.q} change={(q) => change({ q })} />
        <FoldedFilters set={countSet(wanted.status, wanted.type, wanted.capability)}>
          <Chips label="Status" choices={statusChoices(everyone, wanted)} chosen={wanted.status} choose={(status) => change({ status })} />
          <Chips label="Type" choices={typeChoices(everyone, wanted)} chosen={wanted.type} choose={(type) => change({ type })} />
          <Chips
            label="Capability"
            choices={capabilityChoices(everyone, wanted).slice(0, MAX_CAPABILITY_CHIPS)}
            chosen={wanted.capability}
            choose={(capability) => change({ capability })}
          />
        </FoldedFilters>
      </div>
      <div class="row spread">
        <p class="muted small">{told}</p>
        <Calm text={told} />
        <Segments label="View" segments={VIEWS} chosen={isList ? 'list' : 'cards'} choose={(view) => change({ view })} />
      </div>
      {found.length === 0 && (
        <Empty icon="filter" title="No agent is like that">
          <Button onClick={clear} always>
            Show all
          </Button>
        </Empty>
      )}
      {found.length === 0 ? null : isList ? (
        <div class="card agent-rows">
          <AgentRowHead />
          <VirtualList items={found} keyOf={({ id }) => id} rowHeight={rowHeight()} label="Agents" draw={(agent) => <AgentRow agent={agent} ask={ask} />} />
        </div>
      ) : (
        <VirtualList
          items={found}
          keyOf={({ id }) => id}
          rowHeight={CARD_HEIGHT}
          tiles={TILES}
          wholeUpTo={MAX_CARDS}
          class="agent-cards"
          label="Agents"
          draw={(agent) => <AgentCard agent={agent} ask={ask} />}
        />
      )}
    </>
  );
}

interface FirstAgentProps extends AgentsProps {
  readonly isMade: boolean;
  readonly made: () => void;
  readonly done: () => void;
}

/** Nobody but main agents yet: how the first one connects. The page goes on by itself once one is registered elsewhere. */
function FirstAgent({ everyone, ask, isMade, made, done }: FirstAgentProps) {
  return (
    <div class="first-agent">
      <section class="card stack">
        <h2>Connect your first agent</h2>
        <p class="muted">
          An agent is whatever can speak MQTT: a script, a model, a person with a terminal. Give it a name; its token and three lines that connect it come next.
        </p>
        <RegisterForm made={made} />
        {isMade && (
          <div class="dialog-actions">
            <Button onClick={done} always>
              Show the fleet
            </Button>
          </div>
        )}
      </section>
      <div class="stack">
        {everyone.map((agent) => (
          <AgentCard key={agent.id} agent={agent} ask={ask} />
        ))}
      </div>
    </div>
  );
}
