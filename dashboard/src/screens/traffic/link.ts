import type { MqttClient, Packet } from 'mqtt';
import { useEffect, useRef, useState } from 'preact/hooks';
import { told } from '#dashboard/api.ts';
import type { Message } from '#dashboard/components/message.tsx';
import { serverNow } from '#dashboard/time.ts';
import { reloadedFor } from '#dashboard/upgrade.tsx';
import { COMMAND_LEAVES } from '#schemas/vocabulary.ts';

/** What goes through the broker, listened to as whoever is logged in: MQTT over WebSocket, with the session's cookie. */

export type Listening = { readonly is: 'connecting' | 'open' | 'lost' } | { readonly is: 'refused'; readonly why: string };

export interface Traffic {
  readonly state: Listening;
  /** Newest first, at most MAX_HELD. */
  readonly messages: readonly Message[];
  /** Messages that came since `isPaused`, and are shown when it ends. */
  readonly waiting: number;
  readonly clear: () => void;
}

export const MAX_HELD = 2000;
/** Many messages at once are drawn once. */
const APPLY_MS = 150;
const RECONNECT_MS = 2000;
const INBOUND: readonly string[] = [...COMMAND_LEAVES, 'heartbeat'];

/** Follows the filter while the component is there. An unsound filter ('') follows nothing. */
export function useTraffic(filter: string, isPaused: boolean): Traffic {
  const [state, setState] = useState<Listening>({ is: 'connecting' });
  const [messages, setMessages] = useState<readonly Message[]>([]);
  const [waiting, setWaiting] = useState(0);
  const queue = useRef<Message[]>([]);
  const paused = useRef(isPaused);
  paused.current = isPaused;
  useEffect(() => {
    setMessages([]);
    setState({ is: 'connecting' });
    if (filter === '') return;
    queue.current = [];
    const end = follow(filter, setState, (message) => {
      queue.current.push(message);
      if (queue.current.length > MAX_HELD) queue.current.shift();
    });
    return end;
  }, [filter]);
  useEffect(() => {
    const timer = setInterval(() => {
      if (paused.current) return setWaiting(queue.current.length);
      setWaiting(0);
      if (queue.current.length === 0) return;
      const fresh = queue.current.reverse();
      queue.current = [];
      setMessages((old) => [...fresh, ...old].slice(0, MAX_HELD));
    }, APPLY_MS);
    return () => clearInterval(timer);
  }, []);
  const clear = (): void => {
    queue.current = [];
    setWaiting(0);
    setMessages([]);
  };
  return { state, messages, waiting, clear };
}

let count = 0;

/** The library comes only now; it is larger than everything else here. */
function follow(filter: string, say: (state: Listening) => void, take: (message: Message) => void): () => void {
  let client: MqttClient | null = null;
  let isOver = false;
  const begin = async (): Promise<void> => {
    const { default: mqtt } = await import('mqtt').catch(async (error) => {
      await reloadedFor();
      throw error;
    });
    if (isOver) return;
    const url = new URL('/mqtt', location.href);
    url.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';
    // The page's policy allows no workers, in which the library would keep its timers.
    client = mqtt.connect(url.href, { protocolVersion: 4, clean: true, reconnectPeriod: RECONNECT_MS, resubscribe: false, timerVariant: 'native' });
    client.on('connect', () => {
      client?.subscribe(filter, { qos: 0 }, (error, granted) => {
        if (error === null && granted?.[0]?.qos !== 128) return say({ is: 'open' });
        say({ is: 'refused', why: `This login may not listen to ${filter}.` });
      });
    });
    client.on('close', () => say({ is: 'lost' }));
    client.on('error', () => {}); // it closes, and is tried again
    client.on('message', (topic, payload, packet) => take(read(topic, payload, packet)));
  };
  begin().catch((error) => say({ is: 'refused', why: told(error) }));
  return () => {
    isOver = true;
    client?.removeAllListeners('close');
    client?.end(true);
  };
}

function read(topic: string, payload: Uint8Array, packet: Packet): Message {
  const { qos, retain } = packet as { readonly qos?: number; readonly retain?: boolean }; // as: a message comes in a PUBLISH
  count += 1;
  return {
    n: count,
    at: serverNow(),
    topic,
    text: textOf(payload),
    bytes: payload.length,
    qos: qos ?? 0,
    retain: retain === true,
    direction: directionOf(topic),
  };
}

function textOf(payload: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(payload);
  } catch {
    return null;
  }
}

function directionOf(topic: string): 'in' | 'out' {
  const [root, , leaf = ''] = topic.split('/');
  return root === 'agents' && INBOUND.includes(leaf) ? 'in' : 'out';
}

/** Why this is no MQTT filter [MQTT-4.7.1], or null. */
export function filterFault(filter: string): string | null {
  if (filter === '') return 'Say what to listen to: # is everything.';
  if (new TextEncoder().encode(filter).length > 1024) return 'This is too long.';
  const levels = filter.split('/');
  if (levels.some((level, index) => level.includes('#') && (level !== '#' || index !== levels.length - 1)))
    return '# stands for all that follows: alone, and at the end.';
  if (levels.some((level) => level.includes('+') && level !== '+')) return '+ stands for a whole level: agents/+/ping.';
  return null;
}
