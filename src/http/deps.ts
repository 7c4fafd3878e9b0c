import type { Duplex } from 'node:stream';
import type { Coordinator } from '#coordinator/port.ts';
import type { Principal } from '#domain/principal.ts';
import type { Why } from '#schemas/resources.ts';
import type { Settings } from '#schemas/settings.ts';
import type { AgentConnections, AgentMessages } from '#schemas/wire.ts';
import type { Clock } from '#src/clock.ts';
import type { KeyRows } from '#storage/idempotency.ts';
import type { AgentHistory } from '#storage/reads/agent-history.ts';
import type { FigureReads } from '#storage/reads/figures.ts';
import type { Reads } from '#storage/reads/reads.ts';
import type { SessionRows } from '#storage/sessions.ts';
import type { Connections } from './auth/connections.ts';
import type { Sessions } from './auth/session.ts';
import type { Idempotency } from './idempotency.ts';
import type { Limits } from './limits.ts';

/** The part of a pino logger that is used here. */
export interface Log {
  error(fields: object, message: string): void;
  info(fields: object, message: string): void;
  debug(fields: object, message: string): void;
}

export interface HttpMetrics {
  /** Everything there is, in the exposition format of Prometheus, with its content type. */
  render(): Promise<{ readonly type: string; readonly text: string }>;
  /** A request was answered; `route` is the declared path, never the URL. */
  request(of: { readonly method: string; readonly route: string; readonly status: number; readonly seconds: number }): void;
}

export interface HttpDeps {
  readonly coordinator: Coordinator;
  readonly reads: Reads;
  readonly history: AgentHistory;
  readonly figures: FigureReads;
  readonly metrics: HttpMetrics;
  readonly sessionRows: SessionRows;
  readonly keyRows: KeyRows;
  readonly clock: Clock;
  readonly log: Log;
  /** The address to listen on. */
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly maxPayloadBytes: number;
  readonly allowPrivateEndpoints: boolean;
  /** Names beside its own by which the server may be asked for. */
  readonly allowedHosts: readonly string[];
  /** A reverse proxy is in front whose X-Forwarded-Proto and X-Forwarded-For are believed. */
  readonly trustProxy: boolean;
  readonly version: string;
  /** Masks tokens in text that is kept or told (contract §5). */
  mask(text: string): string;
  /** What `GET /settings` shows. */
  settings(): Settings;
  /** The next moment of a task, its rule, and what follows; null when there is no such task. */
  why(taskId: number): Promise<Why | null>;
  /** What the broker has seen go over the wire, by the agent's name; null: it is not ours, and tells nobody. */
  readonly wire: { messagesOf(agent: string): AgentMessages; connectionsOf(agent: string): AgentConnections } | null;
  /** Takes a stream of MQTT packets. `guest`: who it acts as when its CONNECT names no user; null: nobody. Left out, there is no `/mqtt`. */
  mqttStream?(stream: Duplex, origin: { readonly transport: 'websocket'; readonly address: string; readonly guest: Principal | null }): void;
}

/** What the routes work with: what the server was given, and what it made of it. */
export interface Edge extends HttpDeps {
  readonly sessions: Sessions;
  readonly connections: Connections;
  readonly limits: Limits;
  readonly idempotency: Idempotency;
}
