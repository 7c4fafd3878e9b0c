import type { Policy } from '#domain/policy.ts';
import type { Clock } from '#src/clock.ts';
import type { Em } from '#storage/statement.ts';
import type { Chore } from './housekeeping.ts';
import type { Courier, Observer } from './port.ts';

/** What the engine is given by its owner. */
export interface EngineDeps {
  readonly policy: Policy;
  readonly clock: Clock;
  readonly instance: string;
  readonly version: string;
  /** Masks tokens in text that is to be kept (contract §5). */
  mask(text: string): string;
  em(): Em;
  /** False when another instance has taken over. */
  renewLease(now: number): Promise<boolean>;
  /** What is done in small steps beside the work, each about once a minute. */
  readonly housekeeping?: readonly Chore[];
  readonly observer?: Observer;
  readonly courier: Courier;
  readonly log: Log;
}
/** The part of a pino logger that is used here. */
export interface Log {
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** What the coordinator counts of itself since the start. */
export interface Gauges {
  /** Tasks that broke the promise at the last audit. */
  orphanTasks: number;
  commits: number;
  commands: number;
}
