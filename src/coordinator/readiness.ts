import type { Readiness } from './port.ts';
import { STATUS_EVERY_MS } from './upkeep.ts';

/** A tick that began later than this is not well: no status is renewed, no deadline kept. */
const LATE_MS = STATUS_EVERY_MS;

interface Condition {
  readonly storageError: string | null;
  /** It has a transport. */
  readonly isSpeaking: boolean;
  readonly isStopping: boolean;
  /** How late the ticker is. */
  readonly lagMs: number;
}

/** Whether commands are taken and deadlines kept, part by part. */
export function readiness({ storageError, isSpeaking, isStopping, lagMs }: Condition): Readiness {
  const checks = {
    database: storageError,
    broker: isSpeaking ? null : 'not started',
    ticker: isStopping ? 'stopping' : lagMs > LATE_MS ? `${Math.round(lagMs)} ms late` : null,
  };
  return { ready: Object.values(checks).every((c) => c === null), checks, tickerLagMs: Math.round(lagMs) };
}
