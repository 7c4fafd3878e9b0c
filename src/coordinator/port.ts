import type { Request } from '#domain/command.ts';
import type { Effect, Verdict } from '#domain/decide.ts';
import type { Measure } from '#domain/figures.ts';
import type { PingRow } from '#domain/model.ts';
import type { Principal } from '#domain/principal.ts';
import type { Refusal } from '#domain/refusal.ts';
import type { EventRow } from '#domain/trail.ts';
import type { Alert, CoordinatorStatus, MassStaleAlert, Ping, Reply, WebhookAnswer } from '#schemas/messages.ts';
import type { Event } from '#schemas/resources.ts';
import type { EventKind } from '#schemas/vocabulary.ts';

/** The coordinator as the edges (MQTT, HTTP) see it: types only. */

/** What a committed command left behind. Rows are as committed; which are set depends on the command. */
export type Done = Effect;
/** A committed refusal, with the reply for its sender where the command has one. */
export type Refused = Exclude<Verdict, Effect>;
export type Outcome = Verdict;

/** Thrown (rejected) when a command could be neither committed nor refused: `storage_full`, or `not_ready` while stopping. Nothing was stored. */
export class Unavailable extends Error {
  readonly code: 'storage_full' | 'not_ready';
  constructor(code: 'storage_full' | 'not_ready', message: string) {
    super(message);
    this.code = code;
  }
}

/** Is told what happens, to count it. It must return at once and never throw. */
export interface Observer {
  /** A batch was committed: so many commands, in so many ms from reading `now` to the end of the commit. */
  committed(batch: { readonly commands: number; readonly ms: number; readonly measures: readonly Measure[]; readonly events: readonly EventRow[] }): void;
  /** What was counted beside a batch. */
  measured(measures: readonly Measure[]): void;
}

export interface Readiness {
  readonly ready: boolean;
  /** One entry per part (database, broker, ticker): null when well, else what is wrong. */
  readonly checks: Readonly<Record<string, string | null>>;
  /** How late the ticker is now, ms. */
  readonly tickerLagMs: number;
}

export interface Coordinator {
  /**
   * Takes a command into the next batch; resolves once its effect or its refusal is committed.
   * Throws Unavailable when it could be neither.
   */
  submit(request: Request): Promise<Outcome>;
  /** What this agent owes and what was taken from it in the last 24 h. */
  sync(agentId: number, messageId?: string): Promise<Reply>;
  /** The principal of an MQTT username and password, or null. Constant time. */
  authenticate(username: string | null, password: string | null): Promise<Principal | null>;
  /** The principal of a bearer token, or null. Constant time. */
  principalOf(token: string): Promise<Principal | null>;
  /** Who this agent (null: the admin) is now, with the hash of its present token; null once it may not log in. For sessions that outlive a request. */
  identityOf(agentId: number | null): Identity | null;
  /** The id of an active agent by its exact name; null: a stranger. */
  agentIdOf(name: string): number | null;
  /** False once more than MAX_COMMANDS_PER_SECOND of this agent came within a second. */
  admit(agentId: number): boolean;
  /** Whether a refusal of this agent is still kept one by one (60 a minute); false: it was counted for the summary. */
  admitRefusal(agentId: number | null): boolean;
  /** Commits what was read of an agent's heartbeat within about a second; says whether it is to be retained. */
  heartbeat(agentId: number, beat: Beat): 'keep' | 'drop';
  /** The agent listens on a new connection; unanswered pings that it has not been sent there (`has` says which it was) are sent again. */
  listening(agentId: number, has: (pingId: string) => boolean): void;
  /** The agent hears its replies on a new connection; what was taken from it and did not reach it (`has` says what did) is withdrawn again. */
  listeningToReplies(agentId: number, has: (assignmentId: number) => boolean): void;
  /** The agent's own client acknowledged the packet of a ping; `receipt` is the id of the ping's row. */
  delivered(receipt: string): void;
  /** Server time, epoch milliseconds. */
  now(): number;
  readiness(): Readiness;
  /** Called after each commit with its events, in id order. The returned function ends it. */
  onEvents(listener: (events: Event[]) => void): () => void;
}

export interface Identity {
  readonly principal: Principal;
  /** Another one as soon as the token is renewed. */
  readonly credential: string;
}

export interface Beat {
  readonly status: 'online' | 'offline';
  readonly session: string | null;
  readonly interval_seconds: number | null;
  /** The payload as received, for the retained topic. */
  readonly payload: string;
}

/** How the coordinator speaks; every promise settles once the transport has taken the message. */
export interface Outbound {
  /** `receipt`: whether its delivery can be known. */
  ping(agent: string, row: PingRow, payload: Ping): Promise<{ readonly receipt: boolean }>;
  reply(agent: string, reply: Reply): Promise<void>;
  /** null empties the topic. */
  alert(taskId: number, alert: Alert | null): Promise<void>;
  massStale(alert: MassStaleAlert | null): Promise<void>;
  status(status: CoordinatorStatus): Promise<void>;
  /** Puts a retained heartbeat back. */
  heartbeat(agent: string, payload: string): Promise<void>;
  /** Whether somebody subscribes to events of this kind. */
  wants(kind: EventKind): boolean;
  /** Only what is wanted need be told. */
  event(event: Event): Promise<void>;
  /** Ends every session of the agent. */
  disconnect(agent: string): Promise<void>;
}

export interface Errand {
  /** The agent's `endpoint_url`. */
  readonly url: string;
  /** Signs it. */
  readonly secret: string;
  /** The same for every repetition of the same message. */
  readonly id: string;
  readonly body: string;
}
/** A 2xx, with the command in it, if there is one, or what is wrong with that (`excerpt`: the first 1 KiB, masked); or why it was not taken, for people. */
export type Posted =
  | { readonly ok: true; readonly answer: null; readonly fault?: never }
  | { readonly ok: true; readonly answer: WebhookAnswer; readonly fault?: never; readonly excerpt: string }
  | { readonly ok: true; readonly fault: Pick<Refusal, 'code' | 'detail'>; readonly excerpt: string }
  | { readonly ok: false; readonly why: string };

/** Brings pings to agents' endpoints. */
export interface Courier {
  /** Posts to `{url}/ping`; settles within 10 s and never rejects. */
  post(errand: Errand): Promise<Posted>;
  /** Gives up whatever is on its way. */
  close(): void;
}
