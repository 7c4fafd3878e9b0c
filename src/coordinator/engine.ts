import type { Command, Request } from '#domain/command.ts';
import { earliest } from '#domain/moments.ts';
import type { Event } from '#schemas/resources.ts';
import { eventView } from '#storage/reads/views.ts';
import type { Em } from '#storage/statement.ts';
import type { Admission } from './admission.ts';
import { Batcher, type Committed } from './batch.ts';
import type { Directory } from './directory.ts';
import type { EngineDeps, Gauges } from './engine-deps.ts';
import { Heartbeats } from './heartbeats.ts';
import { Chores } from './housekeeping.ts';
import { nextMoment } from './next-moment.ts';
import { Outage, readSockets } from './outage.ts';
import { type Outbound, type Outcome, type Readiness, Unavailable } from './port.ts';
import { readiness } from './readiness.ts';
import { RECEIPTS_WITHIN_MS, Receipts } from './receipts.ts';
import { Relay } from './relay.ts';
import { restoreRetained } from './restore.ts';
import { sweep } from './sweep.ts';
import { Ticker } from './ticker.ts';
import { Upkeep } from './upkeep.ts';
import { Webhooks } from './webhooks.ts';
import { WriteBehind } from './write-behind.ts';

/** While storage refuses or an outage awaits its credit, it is tried again after this. */
const RETRY_MS = 500;

/** What runs: the batches that commit, the ticker that sweeps, and after each commit what is to be said. Who may ask for what is not its matter. */
export class Engine {
  readonly gauges: Gauges = { orphanTasks: 0, commits: 0, commands: 0 };
  readonly heartbeats: Heartbeats;
  readonly #deps: EngineDeps;
  readonly #directory: Directory;
  readonly #batcher: Batcher;
  readonly #receipts = new Receipts();
  readonly #outage: Outage;
  readonly #ticker: Ticker;
  readonly #upkeep: Upkeep;
  readonly #writeBehind: WriteBehind;
  readonly #webhooks: Webhooks;
  readonly #listeners = new Set<(events: Event[]) => void>();
  readonly #em = (): Em => this.#deps.em();
  readonly #now = (): number => this.#deps.clock.now();
  readonly #transaction = <T>(work: (em: Em) => Promise<T>): Promise<T> => this.#em().transactional(work);
  #relay: Relay | null = null;
  #outbound: Outbound | null = null;
  #storageError: string | null = null;
  #stopping = false;

  constructor(deps: EngineDeps, directory: Directory, admission: Admission) {
    this.#deps = deps;
    this.#directory = directory;
    const { clock, policy } = deps;
    this.heartbeats = new Heartbeats({ policy, directory, now: this.#now, submit: (request) => this.submit(request) });
    this.#outage = new Outage({
      clock,
      instance: deps.instance,
      graceMs: policy.restartGraceSeconds * 1000,
      transaction: this.#transaction,
      shifted: (ms) => this.heartbeats.shift(ms),
      recovered: (ms, cause) => this.#recovered(ms, cause),
    });
    this.#batcher = new Batcher({
      policy,
      now: this.#now,
      transaction: this.#transaction,
      mask: (text) => deps.mask(text),
      refresh: (facts) => this.heartbeats.refresh(facts),
      rideAlong: (em) => this.#receipts.write(em, this.#now() - RECEIPTS_WITHIN_MS),
      admitRefusal: (agentId) => admission.refusal(agentId),
      committed: (result) => this.#committed(result),
      storageFailed: (error) => this.#storageFailed(error),
      unexpected: (error, command) => deps.log.error({ err: error, command: command.type }, 'a command threw'),
    });
    this.#ticker = new Ticker(clock, () => this.#tick());
    this.#upkeep = this.#newUpkeep(admission);
    this.#webhooks = this.#newWebhooks();
    this.#writeBehind = new WriteBehind({
      clock,
      heartbeats: this.heartbeats,
      receipts: this.#receipts,
      transaction: this.#transaction,
      measured: (measures) => deps.observer?.measured(measures),
    });
  }

  /** Credits the time since the last run. */
  begin(): Promise<void> {
    return this.#outage.begin();
  }

  #newUpkeep(admission: Admission): Upkeep {
    const { clock, housekeeping = [], log } = this.#deps;
    return new Upkeep({
      ...this.#deps,
      admission,
      chores: new Chores(housekeeping, clock, log),
      transaction: this.#transaction,
      submit: (command) => this.submitOwn(command),
      lost: () => this.#giveUp(),
      orphans: (count) => {
        this.gauges.orphanTasks = count;
        if (count > 0) this.#ticker.nudge();
      },
    });
  }

  #newWebhooks(): Webhooks {
    const { courier, log } = this.#deps;
    return new Webhooks({
      courier,
      log,
      now: this.#now,
      em: this.#em,
      transaction: this.#transaction,
      submit: (request) => this.submit(request),
      delivered: (pingRow) => this.delivered(pingRow),
      nudge: () => this.#ticker.nudge(),
    });
  }

  /** What the coordinator tells itself. */
  submitOwn(command: Command): Promise<Outcome> {
    return this.submit({ command, principal: { kind: 'coordinator' }, channel: 'coordinator' });
  }

  #recovered(ms: number, cause: string): void {
    this.#deps.log.warn({ ms, cause }, 'commands could not be taken for a while; every deadline moved on');
    this.submitOwn({ type: 'record_fact', kind: 'coordinator.recovered', data: { ms, cause } }).catch(() => undefined); // it is in the log, and in the pulse
  }

  /** From now on it speaks: what must be retained is put back, what a crash left unsent is sent, and the ticker runs. */
  async start(outbound: Outbound): Promise<void> {
    this.#outbound = outbound;
    const relay = new Relay(outbound, this.#receipts, this.#now, this.#deps.log);
    this.#relay = relay;
    await restoreRetained(this.#em(), outbound, this.#now());
    await this.#upkeep.begin(outbound);
    await this.#transaction((em) => relay.leftovers(em));
    this.#ticker.start();
  }

  /** Takes a command into the next batch. */
  submit(request: Request): Promise<Outcome> {
    return this.#batcher.submit(request);
  }

  /** Takes no more. */
  get isStopping(): boolean {
    return this.#stopping;
  }

  #committed({ now, decisions, events, messages, measures }: Committed): void {
    this.#deps.observer?.committed({ commands: decisions.length, ms: this.#now() - now, measures, events });
    this.gauges.commits += 1;
    this.gauges.commands += decisions.length;
    for (const { draft } of decisions) {
      this.#directory.apply(draft.changes);
      for (const change of draft.changes) {
        if (change.table === 'agent' && change.op === 'update' && 'stale_at' in change.patch) this.heartbeats.settled(change.id, draft.now);
      }
    }
    this.#relay?.send(messages, events);
    if (events.length > 0) for (const listener of this.#listeners) listener(events.map(eventView));
    const next = nextMoment(decisions.map(({ draft }) => draft));
    if (next !== null) this.#ticker.nudge(next);
    if (this.#receipts.size > 0 || messages.length > 0) this.#ticker.nudge(this.#now() + RECEIPTS_WITHIN_MS);
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
    if (this.#outage.cause === 'paused') await readSockets(() => this.#batcher.waiting);
    try {
      await this.#writeBehind.flush();
      await this.#outage.pulse();
      this.#storageError = null;
      const next = earliest(await this.#sweep(), await this.#webhooks.run());
      await this.#upkeep.run();
      return next;
    } catch (error) {
      if (!(error instanceof Unavailable)) this.#storageFailed(error);
      return clock.now() + RETRY_MS;
    }
  }

  #sweep(): Promise<number | null> {
    return sweep({
      em: this.#em,
      transaction: this.#transaction,
      now: this.#now,
      heard: () => this.#writeBehind.beats(),
      submit: (command) => this.submitOwn(command),
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
    this.#webhooks.close();
    await this.#batcher.close();
  }

  /** Takes nothing more, finishes what was taken, says goodbye. The transport is closed by its owner afterwards. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#webhooks.close();
    await this.#batcher.close();
    await this.#ticker.stop();
    await this.#writeBehind
      .flush()
      .then(() => this.#outage.farewell())
      .catch((error) => this.#deps.log.warn({ err: error }, 'the last heartbeats and receipts were not written'));
    await this.#upkeep.tell('offline');
  }

  /** The ping of this row was acknowledged by the agent's own client, or taken by its endpoint. */
  delivered(pingRow: number): void {
    this.#receipts.delivered(pingRow, this.#now());
    this.#ticker.nudge(this.#now() + RECEIPTS_WITHIN_MS);
  }

  readiness(): Readiness {
    return readiness({ storageError: this.#storageError, isSpeaking: this.#outbound !== null, isStopping: this.#stopping, lagMs: this.#ticker.lag });
  }

  onEvents(listener: (events: Event[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
