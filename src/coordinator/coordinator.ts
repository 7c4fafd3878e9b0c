import type { Command, Request } from '#domain/command.ts';
import type { Change } from '#domain/draft.ts';
import { incrementsOf } from '#domain/figures.ts';
import type { Policy } from '#domain/policy.ts';
import type { Principal } from '#domain/principal.ts';
import type { Reply } from '#schemas/messages.ts';
import type { Event } from '#schemas/resources.ts';
import type { Clock } from '#src/clock.ts';
import { addToRollup } from '#storage/rollup.ts';
import { select } from '#storage/select.ts';
import type { Em } from '#storage/statement.ts';
import { eventView } from '#storage/views.ts';
import { Batcher, type Committed } from './batch.ts';
import { Directory } from './directory.ts';
import { Heartbeats } from './heartbeats.ts';
import { type Chore, Chores } from './housekeeping.ts';
import { WindowCounter } from './limits.ts';
import { Outage } from './outage.ts';
import { type Beat, type Coordinator, type Identity, type Observer, type Outbound, type Outcome, type Readiness, Unavailable } from './port.ts';
import { Receipts } from './receipts.ts';
import { Relay } from './relay.ts';
import { restoreRetained } from './restore.ts';
import { sweep } from './sweep.ts';
import { syncReply } from './sync.ts';
import { Ticker } from './ticker.ts';
import { LATE_MS, REFUSALS_KEPT_PER_MINUTE, Upkeep } from './upkeep.ts';
import { explain } from './why.ts';

const RECEIPTS_WITHIN_MS = 200;
const BEATS_EVERY_MS = 1000;
/** While storage refuses or an outage awaits its credit, it is tried again after this. */
const RETRY_MS = 500;

export interface CoordinatorDeps {
  readonly policy: Policy;
  readonly clock: Clock;
  readonly instance: string;
  readonly version: string;
  readonly adminToken: string;
  readonly maxCommandsPerSecond: number;
  /** Masks tokens in text that is to be kept (contract §5). */
  mask(text: string): string;
  em(): Em;
  /** False when another instance has taken over. */
  renewLease(now: number): Promise<boolean>;
  /** What is done in small steps beside the work, each about once a minute. */
  readonly housekeeping?: readonly Chore[];
  readonly observer?: Observer;
  readonly log: Log;
}
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Everything the coordinator counts; metrics read it. */
export interface Gauges {
  orphanTasks: number;
  commits: number;
  commands: number;
}

/** Opens the coordinator on an open database: loads who is who, credits the outage since the last run. `start` sets it going once it can speak. */
export async function openCoordinator(deps: CoordinatorDeps): Promise<RunningCoordinator> {
  const agents = await select(deps.em(), 'agent', '1 = 1');
  const running = new RunningCoordinator(deps, new Directory(deps.adminToken, agents));
  await running.begin();
  return running;
}

export class RunningCoordinator implements Coordinator {
  readonly gauges: Gauges = { orphanTasks: 0, commits: 0, commands: 0 };
  readonly #deps: CoordinatorDeps;
  readonly #directory: Directory;
  readonly #batcher: Batcher;
  readonly #heartbeats: Heartbeats;
  readonly #receipts = new Receipts();
  readonly #outage: Outage;
  readonly #ticker: Ticker;
  readonly #upkeep: Upkeep;
  readonly #commands = new WindowCounter(1000);
  readonly #refusals = new WindowCounter(60_000, true);
  readonly #listeners = new Set<(events: Event[]) => void>();
  #relay: Relay | null = null;
  #outbound: Outbound | null = null;
  #storageError: string | null = null;
  #stopping = false;
  #beatsAt = Number.NEGATIVE_INFINITY;

  constructor(deps: CoordinatorDeps, directory: Directory) {
    this.#deps = deps;
    this.#directory = directory;
    const { clock, policy } = deps;
    const now = (): number => clock.now();
    this.#heartbeats = new Heartbeats({ policy, directory, now, submit: (request) => this.submit(request) });
    this.#outage = new Outage({
      clock,
      instance: deps.instance,
      graceMs: policy.restartGraceSeconds * 1000,
      transaction: (work) => this.#transaction(work),
      shifted: (ms) => this.#heartbeats.shift(ms),
      recovered: (ms, cause) => this.#recovered(ms, cause),
    });
    this.#batcher = new Batcher({
      policy,
      now,
      transaction: (work) => this.#transaction(work),
      mask: (text) => deps.mask(text),
      refresh: (facts) => this.#heartbeats.refresh(facts),
      rideAlong: (em) => this.#receipts.write(em),
      admitRefusal: (agentId) => this.admitRefusal(agentId),
      committed: (result) => this.#committed(result),
      storageFailed: (error) => this.#storageFailed(error),
      unexpected: (error, command) => deps.log.error({ err: error, command: command.type }, 'a command threw'),
    });
    this.#ticker = new Ticker(clock, () => this.#tick());
    this.#upkeep = this.#newUpkeep();
  }

  /** Credits the time since the last run. */
  async begin(): Promise<void> {
    await this.#outage.begin();
  }

  #newUpkeep(): Upkeep {
    const { clock, instance, version, log } = this.#deps;
    return new Upkeep({
      clock,
      instance,
      version,
      log,
      refusals: this.#refusals,
      chores: new Chores(this.#deps.housekeeping ?? [], clock, log),
      em: () => this.#deps.em(),
      transaction: (work) => this.#transaction(work),
      submit: (command) => this.#submitOwn(command),
      renewLease: (now) => this.#deps.renewLease(now),
      lost: () => this.#giveUp(),
      orphans: (count) => {
        this.gauges.orphanTasks = count;
        if (count > 0) this.#ticker.nudge();
      },
    });
  }

  /** What the coordinator tells itself. */
  #submitOwn(command: Command): Promise<Outcome> {
    return this.submit({ command, principal: { kind: 'coordinator' }, channel: 'coordinator' });
  }

  #recovered(ms: number, cause: string): void {
    this.#deps.log.warn({ ms, cause }, 'commands could not be taken for a while; every deadline moved on');
    this.#submitOwn({ type: 'record_fact', kind: 'coordinator.recovered', data: { ms, cause } }).catch(() => undefined); // it is in the log, and in the pulse
  }

  /** From now on it speaks: what must be retained is put back, what a crash left unsent is sent, and the ticker runs. */
  async start(outbound: Outbound): Promise<void> {
    this.#outbound = outbound;
    this.#relay = new Relay(outbound, this.#receipts, () => this.#deps.clock.now(), this.#deps.log);
    await restoreRetained(this.#deps.em(), outbound, this.#deps.clock.now());
    await this.#upkeep.begin(outbound);
    await this.#transaction((em) => this.#relay?.leftovers(em) ?? Promise.resolve(0));
    this.#ticker.start();
  }

  async #transaction<T>(work: (em: Em) => Promise<T>): Promise<T> {
    return this.#deps.em().transactional((em) => work(em as Em)); // the transaction's manager is of the same kind as the one it forks from
  }

  submit<C extends Command>(request: Request<C>): Promise<Outcome> {
    return this.#batcher.submit(request);
  }

  #committed({ now, decisions, events, messages, measures }: Committed): void {
    this.#deps.observer?.committed({ commands: decisions.length, ms: this.#deps.clock.now() - now, measures, events });
    this.gauges.commits += 1;
    this.gauges.commands += decisions.length;
    let next = Number.POSITIVE_INFINITY;
    for (const { draft } of decisions) {
      this.#directory.apply(draft.changes);
      for (const change of draft.changes) {
        if (change.table === 'agent' && change.op === 'update' && 'stale_at' in change.patch) this.#heartbeats.settled(change.id, draft.now);
        const due = dueOf(change);
        if (due !== null && due < next) next = due;
      }
      if (draft.sweeping.some((s) => s.op !== 'answered')) next = draft.now;
    }
    this.#relay?.send(messages, events);
    if (events.length > 0) for (const listener of this.#listeners) listener(events.map(eventView));
    if (next !== Number.POSITIVE_INFINITY) this.#ticker.nudge(next);
    if (this.#receipts.size > 0 || messages.length > 0) this.#ticker.nudge(this.#deps.clock.now() + RECEIPTS_WITHIN_MS);
  }

  #storageFailed(error: unknown): void {
    if (this.#storageError === null) this.#deps.log.error({ err: error }, 'storage does not take writes; nothing is acknowledged until it does');
    this.#storageError = error instanceof Error ? error.message : String(error);
    this.#outage.storageFailed();
  }

  /** One turn of the only timer: signs of life first, then what is due. Gives the next moment. */
  async #tick(): Promise<number | null> {
    const { clock } = this.#deps;
    this.#outage.alive();
    if (this.#outage.cause === 'paused') await this.#readSockets();
    try {
      await this.#flush();
      await this.#outage.pulse();
      this.#storageError = null;
      const next = await this.#sweep();
      await this.#upkeep.run();
      return next;
    } catch (error) {
      if (!(error instanceof Unavailable)) this.#storageFailed(error);
      return clock.now() + RETRY_MS;
    }
  }

  /** After a pause: what waits in the sockets is read, and committed, before any deadline is judged. */
  async #readSockets(): Promise<void> {
    for (let turn = 0; turn < 20 || (this.#batcher.waiting > 0 && turn < 1000); turn += 1) await new Promise(setImmediate);
  }

  async #flush(): Promise<void> {
    const mono = this.#deps.clock.monotonic();
    if (mono - this.#beatsAt >= BEATS_EVERY_MS) {
      await this.#heartbeats.flush((work) => this.#transaction(work));
      this.#beatsAt = mono;
    }
    if (this.#receipts.size > 0) await this.#writeReceipts();
  }

  async #writeReceipts(): Promise<void> {
    const { done, measures } = await this.#transaction(async (em) => {
      const ridden = await this.#receipts.write(em);
      await addToRollup(em, incrementsOf(ridden.measures));
      return ridden;
    });
    done();
    this.#deps.observer?.measured(measures);
  }

  #sweep(): Promise<number | null> {
    const { clock } = this.#deps;
    return sweep({
      em: () => this.#deps.em(),
      transaction: (work) => this.#transaction(work),
      now: () => clock.now(),
      heard: () => this.#heartbeats.flush((work) => this.#transaction(work)),
      submit: (command) => this.#submitOwn(command),
      goOn: () => {
        this.#outage.alive();
        return !this.#outage.ongoing && !this.#stopping;
      },
    });
  }

  /** Another instance took over (this one was thought dead): nothing more is written here. */
  async #giveUp(): Promise<void> {
    this.#stopping = true;
    this.#storageError = 'another coordinator has taken over this database';
    this.#deps.log.error({}, 'another coordinator has taken over this database; this one takes nothing more');
    await this.#batcher.close();
  }

  /** Takes nothing more, finishes what was taken, says goodbye. The transport is closed by its owner afterwards. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#batcher.close();
    await this.#ticker.stop();
    await this.#flush()
      .then(() => this.#outage.farewell())
      .catch((error) => this.#deps.log.warn({ err: error }, 'the last heartbeats and receipts were not written'));
    await this.#upkeep.tell('offline');
  }

  heartbeat(agentId: number, beat: Beat): 'keep' | 'drop' {
    return this.#stopping ? 'drop' : this.#heartbeats.take(agentId, beat);
  }

  listening(agentId: number, _connection: string, has: (pingId: string) => boolean): void {
    if (this.#stopping) return;
    this.#submitOwn({ type: 'resend', agent_id: agentId, has }).catch(() => undefined); // owed again after the outage
  }

  delivered(receipt: string): void {
    this.#receipts.delivered(Number(receipt), this.#deps.clock.now());
    this.#ticker.nudge(this.#deps.clock.now() + RECEIPTS_WITHIN_MS);
  }

  sync(agentId: number, messageId?: string): Promise<Reply> {
    return syncReply(this.#deps.em(), agentId, this.#deps.clock.now(), messageId);
  }

  authenticate(username: string | null, password: string | null): Promise<Principal | null> {
    return Promise.resolve(this.#directory.login(username, password));
  }

  principalOf(token: string): Promise<Principal | null> {
    return Promise.resolve(this.#directory.bearer(token));
  }

  identityOf(agentId: number | null): Identity | null {
    return this.#directory.identity(agentId);
  }

  /** The id of an active agent by its exact name, for commands that the admin sends in its stead. */
  agentIdOf(name: string): number | null {
    const agent = this.#directory.named(name);
    return agent?.is_active === true ? agent.id : null;
  }

  agentName(id: number): string | undefined {
    return this.#directory.get(id)?.name;
  }

  admit(agentId: number): boolean {
    const { maxCommandsPerSecond, clock } = this.#deps;
    return maxCommandsPerSecond === 0 || this.#commands.add(agentId, clock.monotonic()) <= maxCommandsPerSecond;
  }

  admitRefusal(agentId: number | null): boolean {
    return this.#refusals.add(agentId ?? 0, this.#deps.clock.monotonic()) <= REFUSALS_KEPT_PER_MINUTE;
  }

  now(): number {
    return this.#deps.clock.now();
  }

  why(taskId: number): Promise<object | null> {
    return explain(this.#deps.em(), taskId, this.#deps.policy, this.#deps.clock.now());
  }

  readiness(): Readiness {
    const lag = this.#ticker.lag;
    const checks = {
      database: this.#storageError,
      broker: this.#outbound === null ? 'not started' : null,
      ticker: this.#stopping ? 'stopping' : lag > LATE_MS ? `${Math.round(lag)} ms late` : null,
    };
    return { ready: Object.values(checks).every((c) => c === null), checks, tickerLagMs: Math.round(lag) };
  }

  onEvents(listener: (events: Event[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/** The moment a change gives its row; null where it says nothing of one. */
function dueOf(change: Change): number | null {
  if (change.table !== 'agent' && change.table !== 'task' && change.table !== 'assignment') return null;
  return (change.op === 'insert' ? change.row.due_at : change.patch.due_at) ?? null;
}
