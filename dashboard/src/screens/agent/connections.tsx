import type { ComponentChildren } from 'preact';
import { Age } from '#dashboard/components/age.tsx';
import { Empty } from '#dashboard/components/empty.tsx';
import { Badge } from '#dashboard/components/status-badge.tsx';
import { length } from '#dashboard/time.ts';
import { counted } from '#dashboard/words.ts';
import type { Agent } from '#schemas/resources.ts';
import type { ConnectionEnd, ConnectRefusal, MqttTransport } from '#schemas/vocabulary.ts';
import type { AgentConnections, EndedConnection, MqttConnection, MqttSession, RefusedConnect } from '#schemas/wire.ts';
import { matches } from './wire.ts';
import '#dashboard/components/more.css';
import './connections.css';

const TRANSPORTS: Readonly<Record<MqttTransport, string>> = { tcp: 'TCP', tls: 'TLS', websocket: 'WebSocket' };
const ENDS: Readonly<Record<ConnectionEnd, string>> = {
  disconnected: 'it said goodbye',
  lost: 'the network connection was lost',
  keepalive: 'it was silent for longer than its keepalive',
  taken_over: 'another connection came with its client id',
  refused_packet: 'it sent what may not be sent',
  not_committed: 'a command could not be committed, and was to be repeated',
  stalled: 'it did not take what waited for it',
  credentials_changed: 'its token was renewed, or it was deactivated',
};
const REFUSALS: Readonly<Record<ConnectRefusal, string>> = {
  wrong_credentials: 'wrong token',
  forbidden_will: 'its Last Will was for another topic than its heartbeat',
  foreign_client_id: 'its client id belongs to somebody else',
  invalid_client_id: 'its client id is none',
  too_many_connections: 'it has too many connections',
  unavailable: 'the server was starting or stopping',
};

/** Whether it is connected over MQTT, how, and how the last connections ended. */
export function Connections({ agent, connections }: { readonly agent: Agent; readonly connections: AgentConnections }) {
  const { listening_since, connected, stored, ended, refused } = connections;
  const isKnown = listening_since !== null;
  return (
    <section class="card stack" aria-labelledby="connections">
      <h2 id="connections">Connections</h2>
      {connected.length === 0 && stored.length === 0 && (
        <Empty icon={isKnown ? 'wifiOff' : 'radio'} title={isKnown ? 'It is not connected over MQTT' : 'Its broker is another one, which does not tell'}>
          {isKnown && ended.length === 0 && (
            <p class="muted">
              Nor was it since the server began to listen, <Age at={listening_since} />.
            </p>
          )}
        </Empty>
      )}
      {connected.length + stored.length > 0 && (
        <ul>
          {connected.map((each) => (
            <Connected key={`${each.client_id} ${each.connected_at}`} each={each} />
          ))}
          {stored.map((each) => (
            <Stored key={each.client_id} each={each} />
          ))}
        </ul>
      )}
      <Hearing agent={agent} connections={connections} />
      {refused.length + ended.length > 0 && (
        <div>
          {refused.length > 0 && <Refused refused={refused} isNews={isNews(connections)} />}
          {ended.length > 0 && <PastOnes ended={ended} />}
        </div>
      )}
    </section>
  );
}

/** A refused CONNECT matters as long as it got in by none since. */
const isNews = ({ connected, refused }: AgentConnections): boolean => connected.every(({ connected_at }) => connected_at < (refused[0]?.at ?? ''));

/** What it cannot hear as it is connected now. */
function Hearing({ agent, connections: { connected, stored } }: { readonly agent: Agent; readonly connections: AgentConnections }) {
  const sessions = [...connected, ...stored];
  // Of who has so many subscriptions, not all are known.
  if (sessions.length === 0 || sessions.some(({ subscriptions, subscription_count }) => subscription_count > subscriptions.length)) return null;
  const topic = `agents/${agent.name}/ping`;
  const heard = sessions.flatMap(({ subscriptions }) => subscriptions.filter(({ filter }) => matches(filter, topic)));
  if (heard.some(({ qos }) => qos > 0)) return null;
  return (
    <p class="unheard" data-tone="warn">
      {heard.length === 0 ? (
        <>
          It does not hear its pings: none of its subscriptions matches <code>{topic}</code>.
        </>
      ) : (
        'It hears its pings at QoS 0 alone: whether one arrives is not known, and none waits while it is away.'
      )}
    </p>
  );
}

const Connected = ({ each }: { readonly each: MqttConnection }) => (
  <li class="connection">
    <Head id={each.client_id}>
      <Badge look={['good', 'radio', 'connected']} />
    </Head>
    <p class="muted small">
      {TRANSPORTS[each.transport]}
      {each.remote_address !== null && <> from {each.remote_address}</>}, MQTT {each.protocol}, {each.by_session ? 'a page of the dashboard, ' : ''}
      {each.is_clean ? 'clean session' : 'persistent session'}, {each.keepalive_seconds === 0 ? 'no keepalive' : `keepalive ${each.keepalive_seconds} s`}
      {each.has_will ? '' : ', no Last Will'}
    </p>
    <p class="small">
      Connected <Age at={each.connected_at} />, last packet <Age at={each.last_packet_at} />
      <Waiting {...each} />
    </p>
    <Subscriptions {...each} />
  </li>
);

const Stored = ({ each }: { readonly each: MqttSession }) => (
  <li class="connection">
    <Head id={each.client_id}>
      <Badge look={['warn', 'hourglass', 'away']} title="Its session is kept until it comes back" />
    </Head>
    <p class="small">
      Persistent session, disconnected <Age at={each.disconnected_at} />
      <Waiting {...each} />
    </p>
    <Subscriptions {...each} />
  </li>
);

const Head = ({ id, children }: { readonly id: string; readonly children: ComponentChildren }) => (
  <p class="row spread">
    <strong class="mono any-text">{id}</strong>
    {children}
  </p>
);

function Waiting({ waiting, unacknowledged }: Pick<MqttSession, 'waiting' | 'unacknowledged'>) {
  return (
    <>
      {waiting > 0 && <strong>, {counted(waiting, 'message')} waiting for it</strong>}
      {unacknowledged > 0 && <strong>, {counted(unacknowledged, 'message')} not acknowledged</strong>}
    </>
  );
}

function Subscriptions({ subscriptions, subscription_count }: Pick<MqttSession, 'subscriptions' | 'subscription_count'>) {
  if (subscriptions.length === 0) return <p class="muted small">It subscribes to nothing.</p>;
  return (
    <ul class="row wrap small subscriptions" aria-label="Subscriptions">
      {subscriptions.map(({ filter, qos }) => (
        <li key={filter} class="mono any-text">
          {filter} <span class="muted">QoS {qos}</span>
        </li>
      ))}
      {subscription_count > subscriptions.length && <li>and {subscription_count - subscriptions.length} more</li>}
    </ul>
  );
}

const Refused = ({ refused, isNews }: { readonly refused: readonly RefusedConnect[]; readonly isNews: boolean }) => (
  <details class="more" open={isNews}>
    <summary>Refused: {refused.length === 1 ? 'one attempt' : `the last ${refused.length} attempts`} to connect</summary>
    <ul>
      {refused.map((each) => (
        <li key={`${each.client_id} ${each.at}`} class="connection">
          <p class="small">
            <strong>{REFUSALS[each.reason]}</strong> <span class="muted">(CONNACK {each.connack})</span>, <Age at={each.at} />
          </p>
          <p class="muted small any-text">
            {TRANSPORTS[each.transport]}
            {each.remote_address !== null && <> from {each.remote_address}</>}, client id{' '}
            <span class="mono">{each.client_id === '' ? '(none)' : each.client_id}</span>
          </p>
        </li>
      ))}
    </ul>
  </details>
);

const PastOnes = ({ ended }: { readonly ended: readonly EndedConnection[] }) => (
  <details class="more">
    <summary>How the last {ended.length === 1 ? 'one' : ended.length} ended</summary>
    <ul>
      {ended.map((each) => (
        <Ended key={`${each.client_id} ${each.ended_at}`} each={each} />
      ))}
    </ul>
  </details>
);

const Ended = ({ each }: { readonly each: EndedConnection }) => (
  <li class="connection">
    <p class="small">
      <strong>{ENDS[each.reason]}</strong>
      {each.detail !== null && <span class="muted any-text"> ({each.detail})</span>}, <Age at={each.ended_at} />
    </p>
    <p class="muted small any-text">
      after {length(Date.parse(each.ended_at) - Date.parse(each.connected_at))}, {TRANSPORTS[each.transport]}
      {each.remote_address !== null && <> from {each.remote_address}</>}, client id <span class="mono">{each.client_id}</span>
    </p>
  </li>
);
