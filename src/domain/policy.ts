/**
 * The numbers the domain decides by, as configured (contract §6). The unit is in the name; fractions are allowed
 * for minutes and seconds (0.05 minutes is three seconds).
 */
export interface Policy {
  /** Reminders of a task that does not say otherwise. */
  readonly defaultPingIntervalMinutes: number;
  /** How long a sub-agent has to answer, unless registered with another timeout. */
  readonly defaultAgentTimeoutMinutes: number;
  /** The same for Ruto. */
  readonly rutoTimeoutMinutes: number;
  readonly maxEscalationAttempts: number;
  /** Names in order; used by tasks without a chain of their own. */
  readonly escalationChain: readonly string[];
  /** How long a task may be queued before people are told. */
  readonly maxWaitMinutes: number;
  /** An agent is stale after so many intervals without a heartbeat. */
  readonly heartbeatMisses: number;
  /** The interval of a heartbeat that names none. */
  readonly defaultHeartbeatSeconds: number;
  /** From a Last Will or `offline` to stale. */
  readonly offlineGraceSeconds: number;
  /** 0–100: more than this part of the agents silent at once is one event. */
  readonly massStalePercent: number;
  readonly massStaleGraceSeconds: number;
  /** What every pending deadline gains, beside its length, when an outage ends. */
  readonly restartGraceSeconds: number;
  /** The longest single snooze. */
  readonly maxSnoozeMinutes: number;
  /** Snoozes without an ack between them. */
  readonly maxSnoozes: number;
  /** How far ahead `busy_until` may lie. */
  readonly maxBusyMinutes: number;
}
