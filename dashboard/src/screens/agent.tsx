import { useState } from 'preact/hooks';
import { DeactivateDialog } from '#dashboard/actions/deactivate-dialog.tsx';
import { pingTask } from '#dashboard/actions/direct-task.ts';
import { TokenDialog } from '#dashboard/actions/token-dialog.tsx';
import { to } from '#dashboard/address.ts';
import { patch } from '#dashboard/api.ts';
import { lastBeat, useBeats } from '#dashboard/beats.ts';
import { Age } from '#dashboard/components/age.tsx';
import { Button } from '#dashboard/components/button.tsx';
import { Empty } from '#dashboard/components/empty.tsx';
import { Fact } from '#dashboard/components/fact.tsx';
import { Sessions } from '#dashboard/components/sessions.tsx';
import { Skeleton } from '#dashboard/components/skeleton.tsx';
import { MainBadge, StatusBadge } from '#dashboard/components/status-badge.tsx';
import { may, whyNotDeactivated } from '#dashboard/rights.ts';
import { Screen } from '#dashboard/screen.tsx';
import { agents, learn, taskName } from '#dashboard/store.ts';
import { attempt } from '#dashboard/toast.tsx';
import type { Agent } from '#schemas/resources.ts';
import { Connections } from './agent/connections.tsx';
import { EditDialog } from './agent/edit-dialog.tsx';
import { useAgentFacts } from './agent/facts.ts';
import { Latency } from './agent/latency.tsx';
import { Life } from './agent/life.tsx';
import { Messages } from './agent/messages.tsx';
import { useAgentWire } from './agent/wire.ts';
import { Assignments, Pings } from './agent/work.tsx';
import '#dashboard/components/record.css';
import './agent.css';

/** One agent: is it there, what does it hold, how was it pinged, and what goes over the wire. */
export function AgentScreen({ id }: { readonly id?: string }) {
  return <AgentPage key={id} id={Number(id)} />;
}

function AgentPage({ id }: { readonly id: number }) {
  useBeats(id);
  const { facts, isThere, fault } = useAgentFacts(id);
  const agent = agents.value.get(id);
  if (isThere === false) {
    return (
      <Screen title="Agent">
        <Empty icon="bot" title="There is no such agent">
          <p class="muted">Agents stay on record when they are deactivated: nobody ever had this number.</p>
          <a class="button" href={to.fleet}>
            To the fleet
          </a>
        </Empty>
      </Screen>
    );
  }
  if (agent === undefined || facts === null) {
    return <Screen title={agent?.name ?? 'Agent'}>{fault === null ? <AgentSkeleton /> : <p class="wrong">{fault}</p>}</Screen>;
  }
  return (
    <Screen title={<Title agent={agent} />} name={agent.name} actions={<Actions agent={agent} />}>
      <div class="agent">
        <Facts agent={agent} />
        <Life agent={agent} life={facts.life} stats={facts.stats} />
        <Assignments assignments={facts.assignments} />
        <Latency pings={facts.pings} />
        <Pings pings={facts.pings} assignments={facts.assignments} />
        <OverMqtt agent={agent} />
        <section class="card stack" aria-labelledby="sessions">
          <h2 id="sessions">Dashboard sessions</h2>
          <Sessions agentId={id} />
        </section>
      </div>
    </Screen>
  );
}

/** How it is connected, and what went over its wire. */
function OverMqtt({ agent }: { readonly agent: Agent }) {
  const { wire, fault } = useAgentWire(agent.id);
  if (wire === null) {
    return <div class="card">{fault === null ? <Skeleton label="Reading: Connections and messages" lines={6} /> : <p class="wrong">{fault}</p>}</div>;
  }
  return (
    <>
      <Connections agent={agent} connections={wire.connections} />
      <Messages name={agent.name} messages={wire.messages} />
    </>
  );
}

const AgentSkeleton = () => (
  <div class="agent">
    {['At a glance', 'Liveness'].map((part) => (
      <div key={part} class="card">
        <Skeleton label={`Reading: ${part}`} lines={7} />
      </div>
    ))}
  </div>
);

const Title = ({ agent }: { readonly agent: Agent }) => (
  <span class="agent-title">
    <span class="any-text">{agent.name}</span>
    {agent.type === 'main_agent' && <MainBadge />}
    {agent.is_active ? (
      <StatusBadge agent={agent.status} />
    ) : (
      <span class="badge" data-tone="calm">
        deactivated
      </span>
    )}
  </span>
);

/** What it is, in a few lines. */
const Facts = ({ agent }: { readonly agent: Agent }) => (
  <section class="card stack" aria-labelledby="facts">
    <h2 id="facts">At a glance</h2>
    <dl class="record">
      <Fact term="Last heartbeat">
        <Age at={lastBeat(agent)} />
      </Fact>
      <Fact term="Last ack">
        <Age at={agent.last_acknowledgment} />
      </Fact>
      <Fact term="Works on">
        {agent.current_task_id === null ? <span class="muted">nothing</span> : <a href={to.task(agent.current_task_id)}>{taskName(agent.current_task_id)}</a>}
      </Fact>
      <Fact term="Capabilities">{agent.capabilities.length === 0 ? <span class="muted">none said</span> : agent.capabilities.join(', ')}</Fact>
      <Fact term="Answers within">{agent.timeout_minutes} min</Fact>
      <Fact term="Tasks at once">{agent.max_concurrent}</Fact>
      <Fact term="Token">
        <code>{agent.token_id}</code>
      </Fact>
      {agent.endpoint_url !== null && (
        <Fact term="Webhook">
          <code>{agent.endpoint_url}</code>
        </Fact>
      )}
      <Fact term="Registered">
        <Age at={agent.created_at} />
      </Fact>
    </dl>
  </section>
);

function Actions({ agent }: { readonly agent: Agent }) {
  const [asks, setAsks] = useState<'edit' | 'token' | 'deactivate' | null>(null);
  const close = (): void => setAsks(null);
  const activate = async (): Promise<void> => {
    const answer = await attempt(() => patch<Agent & { message: string }>(`/agents/${agent.id}`, { is_active: true }));
    if (answer !== undefined) learn({ agent: answer });
  };
  const task = agent.current_task_id;
  return (
    <>
      {may('direct_tasks') && (
        <Button icon="send" disabled={task === null && 'It holds nothing to be pinged about'} onClick={() => (task === null ? undefined : pingTask(task))}>
          Ping
        </Button>
      )}
      {may('change_agents') && (
        <>
          <Button icon="pencil" onClick={() => setAsks('edit')}>
            Edit
          </Button>
          <Button icon="key" onClick={() => setAsks('token')}>
            New token
          </Button>
          {agent.is_active ? (
            <Button kind="danger" icon="power" disabled={whyNotDeactivated(agent)} onClick={() => setAsks('deactivate')}>
              Deactivate
            </Button>
          ) : (
            <Button kind="primary" icon="power" onClick={activate}>
              Activate
            </Button>
          )}
        </>
      )}
      {asks === 'edit' && <EditDialog agent={agent} onClose={close} />}
      {asks === 'token' && <TokenDialog agent={agent} onClose={close} />}
      {asks === 'deactivate' && <DeactivateDialog agent={agent} onClose={close} />}
    </>
  );
}
