import type { Command } from '#domain/command.ts';
import { iso } from '#schemas/time.ts';
import type { Clock } from '#src/clock.ts';
import { findOrphans, repair } from '#storage/audit.ts';
import type { Em } from '#storage/statement.ts';
import { type Admission, REFUSAL_WINDOW_MS } from './admission.ts';
import type { Log } from './engine-deps.ts';
import type { Chores } from './housekeeping.ts';
import type { Outbound } from './port.ts';

export const STATUS_EVERY_MS = 15_000;
/** Agents may distrust a status that was not renewed three times. */
const STATUS_VALID_MS = 3 * STATUS_EVERY_MS;
const AUDIT_EVERY_MS = 30_000;
const AUDIT_LIMIT = 500;

interface UpkeepDeps {
  readonly clock: Clock;
  readonly instance: string;
  readonly version: string;
  readonly admission: Admission;
  readonly chores: Chores;
  em(): Em;
  transaction<T>(work: (em: Em) => Promise<T>): Promise<T>;
  submit(command: Command): Promise<unknown>;
  /** False when another instance has taken over. */
  renewLease(now: number): Promise<boolean>;
  /** Another instance has taken over. */
  lost(): Promise<void>;
  /** So many tasks broke the promise at the last audit. */
  orphans(count: number): void;
  readonly log: Pick<Log, 'error'>;
}

/** What each tick does beside the work, each at its own pace: the status on the broker, the lease, the audit, summed-up refusals, housekeeping. */
export class Upkeep {
  readonly #deps: UpkeepDeps;
  readonly #since: number;
  #outbound: Outbound | null = null;
  #statusAt = Number.NEGATIVE_INFINITY;
  #auditAt = Number.NEGATIVE_INFINITY;

  constructor(deps: UpkeepDeps) {
    this.#deps = deps;
    this.#since = deps.clock.now();
  }

  /** From now on the status is told. */
  async begin(outbound: Outbound): Promise<void> {
    this.#outbound = outbound;
    await this.tell('online');
  }

  async run(): Promise<void> {
    const mono = this.#deps.clock.monotonic();
    await this.#sumUpRefusals();
    if (mono - this.#statusAt >= STATUS_EVERY_MS) {
      if (!(await this.#deps.renewLease(this.#deps.clock.now()))) return this.#deps.lost();
      await this.tell('online');
    }
    if (mono - this.#auditAt >= AUDIT_EVERY_MS) await this.#audit(mono);
    await this.#deps.chores.run();
  }

  /** The retained `coordinator/status`. */
  async tell(state: 'online' | 'offline'): Promise<void> {
    const { clock, instance, version } = this.#deps;
    this.#statusAt = clock.monotonic();
    const valid_until = iso(clock.now() + (state === 'online' ? STATUS_VALID_MS : 0));
    await this.#outbound?.status({ state, instance, version, since: iso(this.#since), valid_until });
  }

  async #sumUpRefusals(): Promise<void> {
    const since = this.#deps.clock.now() - REFUSAL_WINDOW_MS;
    for (const { agentId, count } of this.#deps.admission.summaries()) {
      await this.#deps.submit({ type: 'summarize_refusals', agent_id: agentId, count, since });
    }
  }

  /** Contract §1.7: counts and repairs what breaks the promise. */
  async #audit(mono: number): Promise<void> {
    const { clock, em, log, transaction, submit } = this.#deps;
    this.#auditAt = mono;
    const found = await findOrphans(em(), clock.now(), AUDIT_LIMIT);
    const count = found.tasks.length + found.assignments.length;
    this.#deps.orphans(count);
    if (count === 0) return;
    log.error({ found }, 'tasks without a next moment were found; each is looked at now');
    await transaction((writing) => repair(writing, found, clock.now()));
    await submit({ type: 'record_fact', kind: 'coordinator.repaired', data: { ...found } });
  }
}
