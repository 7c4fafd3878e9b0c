import type { ComponentChildren } from 'preact';
import { pubLine } from '#dashboard/mosquitto.ts';
import type { MqttAddress } from '#dashboard/mqtt-address.ts';
import { clockTime, exact } from '#dashboard/time.ts';
import { CopyLine } from './copy-line.tsx';
import { Dialog } from './dialog.tsx';
import { Icon } from './icon.tsx';
import './status-badge.css';
import './record.css';
import './message.css';

/** What went over MQTT. */
export interface Message {
  /** Counts what this page has received. */
  readonly n: number;
  /** Server time, epoch ms. */
  readonly at: number;
  readonly topic: string;
  /** Null where it is no UTF-8, or for another reason (`absent`) not there. */
  readonly text: string | null;
  readonly absent?: string;
  readonly bytes: number;
  readonly qos: number;
  readonly retain: boolean;
  /** By its topic: said to the coordinator, or by it. */
  readonly direction: 'in' | 'out';
}

/** So much of a payload a row shows; the rest is in the dialog. */
const PREVIEW = 300;
const DIRECTIONS = { in: 'to the coordinator', out: 'from the coordinator' } as const;

interface RowProps {
  readonly message: Message;
  readonly open: () => void;
  /** What it is called, instead of by its topic. */
  readonly name?: string | undefined;
  /** At the end, instead of whether it was retained. */
  readonly children?: ComponentChildren;
}

/** One line: when, which way, where, and how the payload begins. */
export function MessageRow({ message, open, name, children }: RowProps) {
  const { at, topic, text, bytes, absent = 'no text', retain, direction, n } = message;
  return (
    <button type="button" class="message" data-row={n} aria-haspopup="dialog" onClick={open}>
      <time class="muted small" dateTime={new Date(at).toISOString()}>
        {clockTime(at)}
      </time>
      <span class="message-way" data-tone={direction === 'in' ? 'info' : 'good'} title={DIRECTIONS[direction]}>
        <Icon name={direction === 'in' ? 'arrowUpRight' : 'send'} size={16} />
        <span class="visually-hidden">{DIRECTIONS[direction]}</span>
      </span>
      {name === undefined ? <Topic topic={topic} /> : <strong>{name}</strong>}
      <span class="mono truncate muted message-text">
        {text === null ? `${bytes} bytes, ${absent.toLowerCase()}` : text === '' ? '(empty)' : text.slice(0, PREVIEW)}
      </span>
      {children ??
        (retain && (
          <span class="badge" data-tone="calm">
            retained
          </span>
        ))}
    </button>
  );
}

/** Where it is too long, the beginning gives way: what matters is at the end. */
export const Topic = ({ topic }: { readonly topic: string }) => (
  <span class="mono truncate topic" title={topic}>
    <bdi dir="ltr">{topic}</bdi>
  </span>
);

export function MessageDialog({
  message,
  address,
  onClose,
  children,
}: {
  readonly message: Message;
  readonly address: MqttAddress | null;
  readonly onClose: () => void;
  /** What more is known of it. */
  readonly children?: ComponentChildren;
}) {
  const { at, topic, text, absent = 'Not UTF-8 text', bytes, qos, retain, direction } = message;
  return (
    <Dialog title="Message" onClose={onClose} wide>
      <p class="mono any-text">
        <strong>{topic}</strong>
      </p>
      <p class="muted small">
        {DIRECTIONS[direction]}, {exact(at)}, {bytes} bytes, QoS {qos}
        {retain ? ', retained' : ''}
      </p>
      {children}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and the keyboard has to reach that */}
      <section class="payload" tabIndex={0} aria-label="Payload">
        <pre>{text === null ? `${absent}.` : text === '' ? '(empty)' : pretty(text)}</pre>
      </section>
      {text !== null && address !== null && direction === 'in' && (
        <div class="stack tight">
          <p class="small">Say it again from a terminal, with that agent’s token in TOKEN:</p>
          <CopyLine label="mosquitto_pub" text={pubLine({ address, user: topic.split('/')[1] ?? '' }, { topic, text, retain })} />
        </div>
      )}
      {direction === 'out' && <p class="muted small">Only the coordinator may publish here, so there is no mosquitto_pub for it.</p>}
    </Dialog>
  );
}

/** JSON made readable, anything else as it is. */
function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
