import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import type { Heartbeat } from '#schemas/messages.ts';
import { AgentError } from './error.ts';

/** Reconnects wait 0.2 s at first, 10 s at most, each with jitter so that a fleet does not return in step. */
const MIN_BACKOFF_MS = 200;
const MAX_BACKOFF_MS = 10_000;
/** A connection that lasted this long starts the backoff anew. */
const STEADY_MS = 5_000;
/** From the dial to the first heartbeat's PUBACK. */
const DIAL_MS = 15_000;
/** For the goodbye and the DISCONNECT when closing. */
const GOODBYE_MS = 2_000;

export interface LinkOptions {
  readonly url: string;
  readonly name: string;
  readonly token: string;
  readonly intervalSeconds: number;
  readonly info: unknown;
  readonly clientId: string;
  /** Keep the broker's session between connections: what was sent meanwhile is delivered on return. */
  readonly persistent: boolean;
  readonly mqtt: Readonly<IClientOptions>;
}
export interface LinkHandlers {
  /** Subscribed, and the first heartbeat is out. */
  up(): void;
  message(topic: string, payload: Uint8Array): void;
  /** The connection ended, or an attempt at one failed; another will be made. */
  down(error: AgentError): void;
}

/**
 * Keeps one agent connected. MQTT.js's own reconnect repeats the old Last Will, and contract §2 wants a session made anew at each connect,
 * in the will and in the beats; so each connection is a client of its own, and what has to survive one (commands) lives above.
 */
export class Link {
  readonly #options: LinkOptions;
  readonly #handlers: LinkHandlers;
  #client: MqttClient | null = null;
  #session = '';
  #isUp = false;
  #closed = false;
  #attempts = 0;
  #upSince = 0;
  #lastError: Error | null = null;
  #busyUntil: string | null = null;
  #dialTimer: NodeJS.Timeout | undefined;
  #beatTimer: NodeJS.Timeout | undefined;
  #redialTimer: NodeJS.Timeout | undefined;

  constructor(options: LinkOptions, handlers: LinkHandlers) {
    this.#options = options;
    this.#handlers = handlers;
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  /** Makes a connection, with a session and a will of its own. Throws AgentError for a URL that MQTT.js cannot use. */
  dial(): void {
    const { url, name, token, clientId, persistent, intervalSeconds } = this.#options;
    this.#session = crypto.randomUUID();
    this.#lastError = null;
    const client = connect(url, {
      // A silent link is noticed within one and a half keepalives.
      keepalive: Math.max(5, Math.min(30, Math.ceil(intervalSeconds))),
      connectTimeout: DIAL_MS,
      ...this.#options.mqtt,
      username: name,
      password: token,
      clientId,
      clean: !persistent,
      protocolVersion: 4,
      reconnectPeriod: 0,
      resubscribe: false,
      will: { topic: this.#topic('heartbeat'), payload: Buffer.from(this.#beat('offline')), qos: 1, retain: true },
    });
    this.#client = client;
    this.#dialTimer = setTimeout(() => this.#break(client, new Error('no answer from the broker')), DIAL_MS);
    client.on('message', (topic, payload) => this.#handlers.message(topic, payload));
    client.on('error', (error) => this.#break(client, error));
    client.once('connect', (connack) => void this.#greet(client, connack.sessionPresent).catch((error: Error) => this.#break(client, error)));
    client.once('close', () => this.#down(client));
  }

  /** Publishes at QoS 1 on the present connection, if there is one; a loss shows as `down`, so there is nothing to wait for. */
  publish(leaf: string, payload: string): boolean {
    if (this.#client === null || !this.#isUp) return false;
    this.#client.publish(this.#topic(leaf), payload, { qos: 1 }, () => {});
    return true;
  }

  /** Shown to people from the next beat on, which goes out at once. */
  busyUntil(time: string | null): void {
    this.#busyUntil = time;
    if (this.#isUp) this.#sendBeat();
  }

  /** Ends the connection as a crash would: no goodbye, the broker sends the Last Will. No reconnect follows. */
  drop(): void {
    this.#stop();
    this.#client?.stream.destroy();
    this.#client?.end(true);
  }

  /** Says goodbye (`offline`, retained) and disconnects, within about two seconds. */
  async close(): Promise<void> {
    const client = this.#client;
    const wasUp = this.#isUp;
    this.#stop();
    if (client === null) return;
    if (wasUp) {
      await atMost(GOODBYE_MS, client.publishAsync(this.#topic('heartbeat'), this.#beat('offline'), { qos: 1, retain: true }));
      await atMost(GOODBYE_MS, client.endAsync());
    }
    client.end(true);
  }

  #stop(): void {
    this.#closed = true;
    this.#isUp = false;
    this.#clearTimers();
    clearTimeout(this.#redialTimer);
  }

  #clearTimers(): void {
    clearTimeout(this.#dialTimer);
    clearInterval(this.#beatTimer);
  }

  /** The subscription comes before the birth: where only the birth is seen (external broker), nothing that it sets off is missed. */
  async #greet(client: MqttClient, sessionPresent: boolean): Promise<void> {
    noDelay(client);
    if (!sessionPresent) {
      const granted = await client.subscribeAsync([this.#topic('ping'), this.#topic('reply')], { qos: 1 });
      if (granted.some((grant) => grant.qos === 128)) throw new Error('the broker refused the subscription to our own topics');
    }
    if (this.#closed) return;
    await client.publishAsync(this.#topic('heartbeat'), this.#beat('online'), { qos: 1, retain: true });
    if (this.#closed || client !== this.#client) return;
    clearTimeout(this.#dialTimer);
    this.#isUp = true;
    this.#upSince = performance.now();
    this.#beatTimer = setInterval(() => this.#sendBeat(), this.#options.intervalSeconds * 1000);
    this.#handlers.up();
  }

  #sendBeat(): void {
    this.#client?.publish(this.#topic('heartbeat'), this.#beat('online'), { qos: 1, retain: true }, () => {});
  }

  #break(client: MqttClient, error: Error): void {
    this.#lastError ??= error;
    client.end(true);
  }

  #down(client: MqttClient): void {
    if (client !== this.#client) return;
    this.#clearTimers();
    this.#client = null;
    client.end(true);
    const steady = this.#isUp && performance.now() - this.#upSince > STEADY_MS;
    this.#isUp = false;
    if (this.#closed) return;
    this.#attempts = steady ? 0 : this.#attempts + 1;
    this.#redialTimer = setTimeout(() => this.dial(), backoff(this.#attempts));
    this.#handlers.down(explain(this.#lastError, this.#options));
  }

  #topic(leaf: string): string {
    return `agents/${this.#options.name}/${leaf}`;
  }

  #beat(status: Heartbeat['status']): string {
    if (status === 'offline') return JSON.stringify({ status, session: this.#session });
    const beat: Heartbeat = {
      status,
      session: this.#session,
      interval_seconds: this.#options.intervalSeconds,
      busy_until: this.#busyUntil,
      sent_at: new Date().toISOString(),
    };
    return JSON.stringify(this.#options.info === undefined ? beat : { ...beat, info: this.#options.info });
  }
}

function connect(url: string, options: IClientOptions): MqttClient {
  try {
    return mqtt.connect(url, options);
  } catch (error) {
    throw new AgentError('invalid_options', `url ${JSON.stringify(url)}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Nagle's algorithm holds a small packet back for up to 40 ms while another is unacknowledged; a WebSocket stream has no such switch. */
function noDelay(client: MqttClient): void {
  const { stream } = client;
  if ('setNoDelay' in stream && typeof stream.setNoDelay === 'function') stream.setNoDelay(true);
}

/** Equal jitter: half fixed, half random, 0.2–10 s. */
function backoff(attempts: number): number {
  const full = Math.min(MAX_BACKOFF_MS, MIN_BACKOFF_MS * 2 ** Math.min(attempts, 16));
  return Math.max(MIN_BACKOFF_MS, full / 2 + (Math.random() * full) / 2);
}

/** MQTT 3.1.1 CONNACK return codes [MQTT-3.2.2.3], then whatever the socket said. */
function explain(error: Error | null, { url, name }: LinkOptions): AgentError {
  const where = url.replace(/\/\/[^@/]*@/, '//');
  const code = error !== null && 'code' in error ? error.code : undefined;
  if (code === 4 || code === 5)
    return new AgentError(
      'unauthorized',
      `the broker at ${where} does not accept the name ${name} with this token: check both, or renew it with \`ping-system agent token ${name}\``,
    );
  if (code === 2) return new AgentError('refused', `the broker at ${where} does not accept the client id: another user has it`);
  if (error === null) return new AgentError('unreachable', `the broker at ${where} closed the connection`);
  return new AgentError(
    'unreachable',
    `no connection to the broker at ${where}: ${'code' in error && typeof error.code === 'string' ? error.code : error.message}`,
  );
}

/** Waits for the promise, but no longer than this; how it ends does not matter. */
async function atMost(ms: number, promise: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const bound = new Promise((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([promise.catch(() => {}), bound]);
  clearTimeout(timer);
}
