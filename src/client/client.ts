import type { IClientOptions } from 'mqtt';
import { type Ack, type Assign, type Complete, type Fail, Ping, Reply, type Snooze } from '#schemas/messages.ts';
import { faultsInWords, parser } from '#schemas/validator.ts';
import { Commands } from './commands.ts';
import { AgentError } from './error.ts';
import { Holdings, type Withdrawal } from './holdings.ts';
import { Link } from './link.ts';
import { guarded, type Handler, Listeners } from './listeners.ts';

export type { Ack, Assign, Complete, Fail, Ping, Reply, Snooze } from '#schemas/messages.ts';
// biome-ignore lint/performance/noBarrelFile: this file is the published entry `ping-system/client`, and callers need the class for instanceof.
export { AgentError, type AgentErrorCode } from './error.ts';
export type { Withdrawal } from './holdings.ts';

export interface AgentOptions {
  /** `mqtt://host:port`, `mqtts://…`, or `ws://host:port/mqtt`. */
  readonly url: string;
  /** As registered, in that very spelling. */
  readonly name: string;
  /** `psa_…`, from registration. */
  readonly token: string;
  /** Between heartbeats, 1–3600; 30 unless said. */
  readonly intervalSeconds?: number;
  /** Any JSON, shown to people beside the heartbeat. */
  readonly info?: unknown;
  /** A client id that stays the same over restarts makes the session persistent: the broker keeps what comes meanwhile. */
  readonly clientId?: string;
  /** How long a command may wait for its answer, reconnects included; 60 unless said. */
  readonly commandTimeoutSeconds?: number;
  /** How long the first connection may take; 30 unless said. */
  readonly connectTimeoutSeconds?: number;
  /** An exception in a handler, or a message that is not valid; written to the console unless said. */
  readonly onError?: (error: Error) => void;
  /** Passed on to MQTT.js: `ca`, `rejectUnauthorized`, `wsOptions`, … */
  readonly mqtt?: Readonly<IClientOptions>;
}

/** A ping with its answers: each resolves once the coordinator has committed it, and rejects with AgentError when refused. */
export type AgentPing = Ping & {
  ack(more?: Omit<Ack, 'task_id' | 'assignment_id' | 'ping_id'>): Promise<Reply>;
  snooze(minutes?: number, more?: Omit<Snooze, 'task_id' | 'assignment_id' | 'minutes'>): Promise<Reply>;
  complete(result?: unknown, more?: Omit<Complete, 'task_id' | 'assignment_id' | 'result'>): Promise<Reply>;
  fail(reason?: string, more?: Omit<Fail, 'task_id' | 'assignment_id' | 'reason'>): Promise<Reply>;
};
/** `offline` and `refused` (credentials no longer accepted) are followed by further attempts; `error` says why. */
export type ConnectionState = 'online' | 'offline' | 'refused';

export interface AgentClient extends AsyncDisposable {
  readonly name: string;
  readonly connected: boolean;
  /** Called with every attempt of every ping, in order. What came before the first handler is handed to it. Returns its own removal. */
  onPing(handler: Handler<AgentPing>): () => void;
  /** Called once for each assignment that was taken away, also when that happened while disconnected. */
  onWithdraw(handler: Handler<Withdrawal>): () => void;
  onConnection(handler: (state: ConnectionState, error: AgentError | null) => unknown): () => void;
  ack(command?: Ack): Promise<Reply>;
  snooze(command?: Snooze): Promise<Reply>;
  complete(command?: Complete): Promise<Reply>;
  fail(command?: Fail): Promise<Reply>;
  /** Main agents only: delegates a task; without agent_name the coordinator chooses. */
  assign(command: Assign): Promise<Reply>;
  /** What do I owe (`open`), and what was taken from me (`taken`)? */
  sync(): Promise<Reply>;
  /** Shown to people in the heartbeat; an ack's `busy_until` is what moves deadlines. */
  setBusyUntil(time: Date | null): void;
  /** Says goodbye and disconnects. Commands without an answer reject with `closed`. */
  close(): Promise<void>;
  /** Cuts the connection without a goodbye, as a crash would, and stays away. For drills and tests. */
  drop(): void;
}

const parsePing = parser(Ping);
const parseReply = parser(Reply);

/**
 * Connects an agent: subscribes, sends heartbeats and the Last Will, and stays connected (reconnects after 0.2–10 s, for ever).
 * Rejects with AgentError: `unauthorized` for bad credentials, `unreachable` when no connection came about in time.
 */
export function connectAgent(options: AgentOptions): Promise<AgentClient> {
  const interval = options.intervalSeconds ?? 30;
  if (!(interval >= 1 && interval <= 3600)) return Promise.reject(new AgentError('invalid_options', `intervalSeconds is ${interval}: 1 to 3600 is allowed`));
  return new Agent(options, interval).open((options.connectTimeoutSeconds ?? 30) * 1000);
}

class Agent implements AgentClient {
  readonly name: string;
  readonly #link: Link;
  readonly #commands: Commands;
  readonly #holdings = new Holdings();
  readonly #pings: Listeners<AgentPing>;
  readonly #withdrawals: Listeners<Withdrawal>;
  readonly #connections = new Set<(state: ConnectionState, error: AgentError | null) => unknown>();
  readonly #report: (error: unknown) => void;
  #opening: { resolve(client: AgentClient): void; reject(error: AgentError): void } | null = null;
  #connectedBefore = false;
  #lastDown: AgentError | null = null;

  constructor(options: AgentOptions, intervalSeconds: number) {
    this.name = options.name;
    // biome-ignore lint/suspicious/noConsole: an error that the caller gave no place for must not vanish.
    const onError = options.onError ?? ((error: Error) => console.error(`${options.name}: ${error.message}`));
    this.#report = (error) => onError(error instanceof Error ? error : new Error(String(error)));
    this.#pings = new Listeners(this.#report);
    this.#withdrawals = new Listeners(this.#report);
    this.#link = new Link(
      {
        url: options.url,
        name: options.name,
        token: options.token,
        intervalSeconds,
        info: options.info,
        clientId: options.clientId ?? `${options.name}-${crypto.randomUUID().slice(0, 8)}`,
        persistent: options.clientId !== undefined,
        mqtt: options.mqtt ?? {},
      },
      { up: () => this.#up(), message: (topic, payload) => this.#message(topic, payload), down: (error) => this.#down(error) },
    );
    this.#commands = new Commands((leaf, payload) => this.#link.publish(leaf, payload), (options.commandTimeoutSeconds ?? 60) * 1000);
  }

  async open(timeoutMs: number): Promise<AgentClient> {
    const { promise, resolve, reject } = Promise.withResolvers<AgentClient>();
    this.#opening = { resolve, reject };
    const timer = setTimeout(() => reject(this.#lastDown ?? new AgentError('unreachable', `no connection within ${timeoutMs / 1000} s`)), timeoutMs);
    try {
      this.#link.dial();
      return await promise;
    } catch (error) {
      this.#link.drop();
      this.#commands.close();
      throw error;
    } finally {
      clearTimeout(timer);
      this.#opening = null;
    }
  }

  get connected(): boolean {
    return this.#link.isUp;
  }
  onPing(handler: Handler<AgentPing>): () => void {
    return this.#pings.add(handler);
  }
  onWithdraw(handler: Handler<Withdrawal>): () => void {
    return this.#withdrawals.add(handler);
  }
  onConnection(handler: (state: ConnectionState, error: AgentError | null) => unknown): () => void {
    this.#connections.add(handler);
    return () => this.#connections.delete(handler);
  }
  ack(command: Ack = {}): Promise<Reply> {
    return this.#commands.send('ack', command);
  }
  snooze(command: Snooze = {}): Promise<Reply> {
    return this.#commands.send('snooze', command);
  }
  complete(command: Complete = {}): Promise<Reply> {
    return this.#commands.send('complete', command);
  }
  fail(command: Fail = {}): Promise<Reply> {
    return this.#commands.send('fail', command);
  }
  assign(command: Assign): Promise<Reply> {
    return this.#commands.send('assign', command);
  }
  sync(): Promise<Reply> {
    return this.#commands.send('sync', {});
  }
  setBusyUntil(time: Date | null): void {
    this.#link.busyUntil(time === null ? null : time.toISOString());
  }
  async close(): Promise<void> {
    this.#commands.close();
    await this.#link.close();
  }
  drop(): void {
    this.#commands.close();
    this.#link.drop();
  }
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #up(): void {
    this.#commands.repeat();
    this.#tell('online', null);
    this.#opening?.resolve(this);
    // Pings come again by themselves, and so do the latest withdrawals; of whatever else was taken, this tells.
    if (this.#connectedBefore)
      this.sync().catch((error: unknown) => (error instanceof AgentError && error.code === 'closed' ? undefined : this.#report(error)));
    this.#connectedBefore = true;
  }

  #down(error: AgentError): void {
    this.#lastDown = error;
    const final = error.code === 'unauthorized' || error.code === 'refused';
    if (this.#opening !== null) {
      if (final) this.#opening.reject(error);
      return;
    }
    this.#tell(final ? 'refused' : 'offline', error);
  }

  #tell(state: ConnectionState, error: AgentError | null): void {
    for (const handler of this.#connections) guarded(() => handler(state, error), this.#report);
  }

  #message(topic: string, payload: Uint8Array): void {
    const value = json(payload);
    if (topic === `agents/${this.name}/ping`) {
      const ping = parsePing(value);
      if (!ping.ok) return this.#report(new AgentError('invalid_payload', `a ping that is not valid: ${faultsInWords(ping.faults, 'it')}`));
      this.#holdings.hold(ping.value.assignment_id, ping.value.task_id);
      this.#pings.emit(this.#answerable(ping.value));
    } else if (topic === `agents/${this.name}/reply`) {
      const reply = parseReply(value);
      if (!reply.ok) return this.#report(new AgentError('invalid_payload', `a reply that is not valid: ${faultsInWords(reply.faults, 'it')}`));
      this.#replied(reply.value);
    }
  }

  #replied(reply: Reply): void {
    this.#holdings.release(reply);
    for (const withdrawal of this.#holdings.withdrawn(reply)) this.#withdrawals.emit(withdrawal);
    if (reply.command !== 'withdraw') this.#commands.settle(reply);
  }

  #answerable(ping: Ping): AgentPing {
    const work = { task_id: ping.task_id, assignment_id: ping.assignment_id };
    return {
      ...ping,
      ack: (more) => this.ack({ ...work, ping_id: ping.ping_id, ...more }),
      snooze: (minutes, more) => this.snooze({ ...work, ...(minutes === undefined ? {} : { minutes }), ...more }),
      complete: (result, more) => this.complete({ ...work, ...(result === undefined ? {} : { result }), ...more }),
      fail: (reason, more) => this.fail({ ...work, ...(reason === undefined ? {} : { reason }), ...more }),
    };
  }
}

/** Undefined, which no schema takes, for what is not JSON. Not bounded in depth as what agents say is: a reply has their results in it. */
function json(payload: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(payload));
  } catch {
    return undefined;
  }
}
