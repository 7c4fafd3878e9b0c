import { useState } from 'preact/hooks';
import { Age } from '#dashboard/components/age.tsx';
import { CopyLine } from '#dashboard/components/copy-line.tsx';
import { Empty } from '#dashboard/components/empty.tsx';
import { type Message, MessageDialog, MessageRow } from '#dashboard/components/message.tsx';
import { Badge, type Look } from '#dashboard/components/status-badge.tsx';
import { subLine } from '#dashboard/mosquitto.ts';
import { useMqttAddress } from '#dashboard/mqtt-address.ts';
import type { AgentMessages, WireMessage } from '#schemas/wire.ts';
import '#dashboard/components/more.css';
import './messages.css';

/** What became of it, in a word and in a sentence. */
const STATES: Readonly<Record<WireMessage['state'], readonly [look: Look, sentence: string]>> = {
  pending: [['info', 'loader', 'pending'], 'Its effect is not committed yet.'],
  taken: [['good', 'check', 'taken'], 'Taken, and its effect is committed.'],
  refused: [['bad', 'ban', 'refused'], 'Refused'],
  ignored: [['calm', 'circleDashed', 'ignored'], 'Ignored: a heartbeat of an older session, or one that is not valid.'],
  not_committed: [['bad', 'alert', 'not committed'], 'It could not be committed and was not acknowledged: the sender is to repeat it.'],
  unheard: [['warn', 'wifiOff', 'unheard'], 'No connection or session of the agent subscribed to it.'],
  waiting: [['info', 'hourglass', 'waiting'], 'It waits for the agent.'],
  sent: [['calm', 'send', 'sent'], 'Written to the agent’s connection, which has not acknowledged it.'],
  acknowledged: [['good', 'check', 'received'], 'The agent’s client has acknowledged it.'],
  dropped: [['calm', 'x', 'dropped'], 'Never written: a newer ping took its place, its session ended, or it listens at QoS 0.'],
};

/** What it said and was told last, as it went over the wire; and the line that hears the same in a terminal. */
export function Messages({ name, messages: known }: { readonly name: string; readonly messages: AgentMessages }) {
  const filter = `agents/${name}/#`;
  const { listening_since, messages, heartbeats } = known;
  const [open, setOpen] = useState<WireMessage | null>(null);
  const address = useMqttAddress();
  return (
    <section class="card stack" aria-labelledby="messages">
      <div class="row wrap spread">
        <h2 id="messages">Messages</h2>
        <a href={`/ui/traffic?filter=${encodeURIComponent(filter)}`}>In Traffic</a>
      </div>
      {messages.length === 0 ? (
        <Empty icon="message" title={emptyTitle(known)}>
          {listening_since !== null && (
            <p class="muted">
              The server began to listen <Age at={listening_since} />.
            </p>
          )}
        </Empty>
      ) : (
        <List label="Messages, newest first" messages={messages} open={setOpen} />
      )}
      {heartbeats.length > 0 && (
        <details class="more">
          <summary>
            <span>
              The last {heartbeats.length === 1 ? 'heartbeat' : `${heartbeats.length} heartbeats`}, <Age at={heartbeats[0]?.at} />
            </span>
          </summary>
          <List label="Heartbeats, newest first" messages={heartbeats} open={setOpen} />
        </details>
      )}
      {address !== null && (
        <div class="stack tight">
          <p class="small">Hear the same in a terminal, with its token in TOKEN:</p>
          <CopyLine label="mosquitto_sub" text={subLine({ address, user: name }, filter)} />
        </div>
      )}
      {open !== null && (
        <MessageDialog message={messageOf(open)} address={isWhole(open) ? address : null} onClose={() => setOpen(null)}>
          <Fate message={messages.find(({ n }) => n === open.n) ?? open} />
        </MessageDialog>
      )}
    </section>
  );
}

function emptyTitle({ listening_since, heartbeats }: AgentMessages): string {
  if (listening_since === null) return 'Its broker is another one, which does not tell';
  return heartbeats.length > 0 ? 'Nothing but heartbeats went over the wire' : 'Nothing went over the wire';
}

/** What it said, as it may say it again: not what was cut, or was not its to say. */
const isWhole = ({ is_cut, kind }: WireMessage): boolean => !is_cut && kind !== 'forbidden';

interface ListProps {
  readonly label: string;
  readonly messages: readonly WireMessage[];
  readonly open: (message: WireMessage) => void;
}

const List = ({ label, messages, open }: ListProps) => (
  <ul class="wire" aria-label={label}>
    {messages.map((message) => (
      <li key={message.n}>
        <MessageRow message={messageOf(message)} name={message.kind === 'forbidden' ? undefined : message.kind.replace('_', ' ')} open={() => open(message)}>
          <Badge look={STATES[message.state][0]} />
        </MessageRow>
      </li>
    ))}
  </ul>
);

/** What became of it, and whose it was. */
const Fate = ({ message: { state, code, by, client_id, is_cut, payload, dup } }: { readonly message: WireMessage }) => (
  <p class="row wrap small">
    <Badge look={STATES[state][0]} />
    <span>
      {STATES[state][1]}
      {code !== null && (
        <>
          {' '}
          with <code>{code}</code>.
        </>
      )}
      {by !== null && (
        <>
          {' '}
          Published by {by} over <span class="mono any-text">{client_id}</span>.
        </>
      )}
      {dup && ' It was repeated (DUP).'}
      {is_cut && payload !== null && ' Its beginning is kept.'}
    </span>
  </p>
);

/** As Traffic shows messages. */
const messageOf = ({ n, at, topic, payload, bytes, qos, retain, direction }: WireMessage): Message => ({
  n,
  at: Date.parse(at),
  topic,
  text: payload,
  bytes,
  qos,
  retain,
  direction,
  absent: 'Not kept, or not yours to see',
});
