import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { openCoordinator, type RunningCoordinator } from '#coordinator/coordinator.ts';
import type { Gauges } from '#coordinator/engine-deps.ts';
import type { Chore } from '#coordinator/housekeeping.ts';
import { holdLease } from '#coordinator/lease.ts';
import { ensureRuto } from '#coordinator/ruto.ts';
import { createCourier } from '#delivery/webhook.ts';
import { createHttpServer, type HttpServer } from '#http/server.ts';
import { type Mqtt, openEmbedded } from '#mqtt/open.ts';
import type { Listener } from '#mqtt/transport.ts';
import { census } from '#storage/census.ts';
import { KEY_KEPT_MS, keyRows } from '#storage/idempotency.ts';
import { openStorage, type Storage } from '#storage/open.ts';
import { Pruning } from '#storage/prune.ts';
import { agentHistory } from '#storage/reads/agent-history.ts';
import { figureReads } from '#storage/reads/figures.ts';
import { createReads } from '#storage/reads/reads.ts';
import { sessionRows } from '#storage/sessions.ts';
import { adminToken } from './admin-token.ts';
import { type Clock, every, systemClock } from './clock.ts';
import type { Config } from './config.ts';
import { createLog, type Logger, masker } from './log.ts';
import { createMetrics, type Metrics, type MetricsSources } from './metrics.ts';
import { settingsOf } from './settings.ts';
import { tlsOf } from './tls.ts';
import { version } from './version.ts';

/** A running coordinator with everything around it. Closes itself with `await using`. */
export interface App {
  readonly listeners: readonly Listener[];
  /** What the coordinator has counted since the start. */
  readonly gauges: Readonly<Gauges>;
  /** A code that logs in to the dashboard as the admin, once, within ten minutes. Never to be logged. */
  newLoginCode(): string;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

interface AppDeps {
  readonly clock?: Clock;
  readonly log?: Logger;
}

/**
 * Puts the product together and sets it going; plain calls, in order. Resolves when every listener is open.
 * Throws what stands in the way (StorageUnusable, LeaseHeld, a port in use), after closing what was opened.
 */
export async function startApp(config: Config, deps: AppDeps = {}): Promise<App> {
  const clock = deps.clock ?? systemClock();
  const log = deps.log ?? createLog(config);
  const opened = new AsyncDisposableStack();
  try {
    const { listeners, gauges, newLoginCode } = await open(config, clock, log, opened);
    const owned = opened.move();
    let closing: Promise<void> | null = null;
    const close = (): Promise<void> => (closing ??= owned.disposeAsync());
    return { listeners, gauges, newLoginCode, close, [Symbol.asyncDispose]: close };
  } catch (error) {
    await opened.disposeAsync();
    throw error;
  }
}

async function open(config: Config, clock: Clock, log: Logger, opened: AsyncDisposableStack): Promise<Pick<App, 'listeners' | 'gauges' | 'newLoginCode'>> {
  const instance = randomUUID();
  const { database, dataDir } = config;
  const storage = opened.use(
    await openStorage({ database, dataDir, migrate: false, log: (message) => log.debug(message), warn: (message) => log.warn(message) }),
  );
  const lease = await holdLease(storage, { instance, pid: process.pid, host: hostname() }, clock.now());
  opened.defer(() => lease.release().catch((error) => log.warn({ err: error }, 'the lease was not given back; the next start sees that we are gone')));
  const token = await adminToken(config); // after the database was looked at, which takes an empty file beside a token for a lost one
  const mask = masker(token);
  const metrics = createMetrics({ version: version(), agentLabels: config.metricsAgentLabels, log });
  const coordinator = await openCoordinator({
    policy: config.policy,
    clock,
    instance,
    version: version(),
    adminToken: token,
    maxCommandsPerSecond: config.maxCommandsPerSecond,
    mask,
    em: () => storage.em(),
    renewLease: (now) => lease.renew(now),
    housekeeping: [pruning(config, storage), forgetKeys(storage)],
    observer: metrics.observer,
    courier: createCourier({ clock, version: version(), allowPrivate: config.allowPrivateEndpoints, mask }),
    log,
  });
  await ensureRuto(coordinator, config.policy);
  const parts: Parts = { config, clock, log, mask, storage, metrics, coordinator };
  const mqtt = await openMqtt(parts);
  const listeners: Listener[] = [];
  const http = await openHttp(parts, mqtt, listeners);
  metrics.watch(sourcesOf(parts, mqtt, http));
  opened.defer(() => closeEdges(coordinator, mqtt, http));
  await coordinator.start(mqtt.outbound);
  listeners.push(...(await mqtt.transport.listen()), ...(await http.listen()));
  return { listeners, gauges: coordinator.gauges, newLoginCode: () => http.newLoginCode() };
}

/** What the edges are put together from. */
interface Parts {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Logger;
  /** Masks tokens in text that is to be kept. */
  readonly mask: (text: string) => string;
  readonly storage: Storage;
  readonly metrics: Metrics;
  readonly coordinator: RunningCoordinator;
}

/** Nothing more is taken; what was accepted is finished and said; then the listeners close. */
async function closeEdges(coordinator: RunningCoordinator, mqtt: Mqtt, http: HttpServer): Promise<void> {
  await coordinator.stop();
  await Promise.all([mqtt.transport.close(), http.close()]);
}

async function openMqtt({ config, coordinator, clock, log, mask }: Parts): Promise<Mqtt> {
  const tls = await tlsOf(config);
  return openEmbedded(coordinator, {
    host: config.mqttHost,
    port: config.mqttPort,
    ...(tls === null ? {} : { tls }),
    maxPayloadBytes: config.maxPayloadBytes,
    log,
    now: () => clock.monotonic(),
    serverNow: () => clock.now(),
    every: (ms, run) => every(clock, ms, run),
    mask,
  });
}

/** So many keys are forgotten in one step. */
const KEYS_PER_STEP = 500;

/** Old rows go in small steps. */
function pruning(config: Config, storage: Storage): Chore {
  const pruning = new Pruning(config.eventRetentionDays);
  return { name: 'pruning', step: (now) => pruning.step((work) => storage.em().transactional(work), now) };
}

/** Idempotency keys go after a day, some at a time. */
function forgetKeys(storage: Storage): Chore {
  const rows = keyRows(() => storage.em());
  return { name: 'idempotency keys', step: (now) => rows.prune(now - KEY_KEPT_MS, KEYS_PER_STEP) };
}

const sourcesOf = ({ coordinator, storage }: Parts, mqtt: Mqtt, http: HttpServer): MetricsSources => ({
  census: () => census(storage.em()),
  orphanTasks: () => coordinator.gauges.orphanTasks,
  readiness: () => coordinator.readiness(),
  mqttConnections: () => mqtt.transport.connections(),
  feedClients: () => http.feedClients(),
  agentName: (id) => coordinator.agentName(id),
});

/** `listeners`: filled once they are open. */
function openHttp(
  { config, coordinator, storage, clock, log, metrics, mask }: Parts,
  { transport }: Mqtt,
  listeners: readonly Listener[],
): Promise<HttpServer> {
  const figures = figureReads(() => storage.em());
  return createHttpServer({
    coordinator,
    reads: createReads(() => storage.em()),
    history: agentHistory(() => storage.em()),
    figures,
    metrics,
    settings: () => settingsOf(config, [...listeners]),
    sessionRows: sessionRows(() => storage.em()),
    mask,
    keyRows: keyRows(() => storage.em()),
    clock,
    log,
    host: config.httpHost,
    port: config.httpPort,
    maxPayloadBytes: config.maxPayloadBytes,
    allowPrivateEndpoints: config.allowPrivateEndpoints,
    allowedHosts: config.httpAllowedHosts,
    trustProxy: config.trustProxy,
    version: version(),
    why: (taskId) => coordinator.why(taskId),
    wire: transport.wire,
    ...(transport.acceptStream === undefined ? {} : { mqttStream: transport.acceptStream.bind(transport) }),
  });
}
