import type { Clock } from '#src/clock.ts';
import { creditOutage, shiftDurations } from '#storage/credit.ts';
import { beginPulse, lastPulse, renewPulse } from '#storage/pulse.ts';
import type { Em } from '#storage/statement.ts';

/** Longer between two signs of life is an outage (contract §1.3). */
const GAP_MS = 5000;
/** The wall clock may drift so far from our own before every duration is moved along. */
const JUMP_MS = 1000;
const PULSE_EVERY_MS = 5000;

/** `paused`: the process stood still. */
type Cause = 'paused' | 'storage';

interface OutageDeps {
  readonly clock: Clock;
  readonly instance: string;
  readonly graceMs: number;
  transaction<T>(work: (em: Em) => Promise<T>): Promise<T>;
  /** Every deadline moved by so many ms. */
  shifted(ms: number): void;
  recovered(ms: number, cause: Cause): void;
}

/**
 * Knows when commands could not be taken and committed (not running, paused, storage refusing), and when that ends gives every holder and agent the
 * lost time back, plus the grace, once, in one transaction with the self-heartbeat row.
 */
export class Outage {
  readonly #deps: OutageDeps;
  #pulse = 0;
  #pulseAt = Number.NEGATIVE_INFINITY;
  #alive: number;
  /** Monotonic start of the outage that goes on or awaits its credit; null: all is well. */
  #since: number | null = null;
  #cause: Cause = 'paused';

  constructor(deps: OutageDeps) {
    this.#deps = deps;
    this.#alive = deps.clock.monotonic();
  }

  /** At start: the time since the last pulse of whoever ran before was an outage, also if the wall clock went back meanwhile. */
  async begin(): Promise<void> {
    const { clock, instance, graceMs, transaction } = this.#deps;
    await transaction(async (em) => {
      const now = clock.now();
      const last = await lastPulse(em);
      if (last !== null) await creditOutage(em, now, now - last.until_at, graceMs);
      this.#pulse = await beginPulse(em, instance, now, clock.monotonic());
    });
    this.#mark();
  }

  /** A sign of life: called by each tick and between the rounds of a long sweep. Notices a gap. */
  alive(): void {
    const mono = this.#deps.clock.monotonic();
    if (mono - this.#alive > GAP_MS) this.#begins(this.#alive, 'paused');
    this.#alive = mono;
  }

  /** Storage refused: an outage since the last sign that it worked. */
  storageFailed(): void {
    this.#begins(Math.min(this.#alive, this.#deps.clock.monotonic()), 'storage');
  }

  #begins(since: number, cause: Cause): void {
    if (this.#since !== null) return;
    this.#since = since;
    this.#cause = cause;
  }

  /** While true, nobody's deadline may be judged. */
  get ongoing(): boolean {
    return this.#since !== null;
  }

  /** Of the one that goes on or awaits its credit; null: all is well. */
  get cause(): Cause | null {
    return this.#since === null ? null : this.#cause;
  }

  /** Writes the self-heartbeat when it is due, and with it what an outage or a jump of the wall clock owes. Throws while storage refuses. */
  async pulse(): Promise<void> {
    const { clock } = this.#deps;
    const jump = clock.wall() - clock.now();
    const jumped = Math.abs(jump) > JUMP_MS;
    if (this.#since === null && !jumped && clock.monotonic() - this.#pulseAt < PULSE_EVERY_MS) return;
    if (this.#since !== null) await this.#recover(this.#since);
    else if (jumped) await this.#follow(jump);
    else await this.#deps.transaction((em) => renewPulse(em, this.#pulse, clock.now(), clock.monotonic()));
    this.#mark();
  }

  /** The last sign of life before an orderly end, so that the next start credits no more than was lost. */
  async farewell(): Promise<void> {
    const { clock, transaction } = this.#deps;
    if (this.#since === null) await transaction((em) => renewPulse(em, this.#pulse, clock.now(), clock.monotonic()));
  }

  async #recover(since: number): Promise<void> {
    const { clock, instance, graceMs, transaction } = this.#deps;
    const lost = Math.round(clock.monotonic() - since);
    await transaction(async (em) => {
      const now = clock.now();
      await creditOutage(em, now, lost, graceMs);
      this.#pulse = await beginPulse(em, instance, now, clock.monotonic());
    });
    this.#deps.shifted(lost + graceMs);
    this.#since = null;
    this.#deps.recovered(lost, this.#cause);
  }

  /** The wall clock jumped: durations keep their length, times are told by the new wall clock. */
  async #follow(jump: number): Promise<void> {
    const { clock, instance, transaction } = this.#deps;
    await transaction(async (em) => {
      await shiftDurations(em, jump);
      this.#pulse = await beginPulse(em, instance, clock.wall(), clock.monotonic());
    });
    clock.rebase();
    this.#deps.shifted(jump);
  }

  #mark(): void {
    this.#pulseAt = this.#deps.clock.monotonic();
    this.#alive = this.#pulseAt;
  }
}

/** Turns of the event loop in which what waits in the sockets is read; and how many at most, while what was read waits for its commit. */
const READ_TURNS = 20;
const MAX_READ_TURNS = 1000;

/** After a pause: what waits in the sockets is read, and committed, before any deadline is judged. @param waiting how many commands wait for their batch */
export async function readSockets(waiting: () => number): Promise<void> {
  for (let turn = 0; turn < READ_TURNS || (waiting() > 0 && turn < MAX_READ_TURNS); turn += 1) await new Promise(setImmediate);
}
