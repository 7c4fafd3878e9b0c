import type { Coordinator } from '#coordinator/port.ts';
import type { Clock } from '#src/clock.ts';
import type { Reads } from '#storage/reads.ts';

/** The part of a pino logger that is used here. */
export interface Log {
  error(fields: object, message: string): void;
  info(fields: object, message: string): void;
  debug(fields: object, message: string): void;
}

export interface HttpDeps {
  readonly coordinator: Coordinator;
  readonly reads: Reads;
  readonly clock: Clock;
  readonly log: Log;
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly maxPayloadBytes: number;
  readonly allowPrivateEndpoints: boolean;
  readonly version: string;
  /** The next moment of a task, its rule, and what follows; null when there is no such task. */
  why(taskId: number): Promise<object | null>;
}
