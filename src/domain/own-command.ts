/** What the coordinator tells itself: refusals and facts to keep, liveness, and the sweep. Times are epoch milliseconds. */

/** What the edge could not take; kept as `message.refused`, with the first 1 KiB. */
interface RecordRefusal {
  readonly type: 'record_refusal';
  readonly agent_id: number | null;
  readonly topic: string;
  readonly code: string;
  readonly detail: string;
  readonly excerpt: string;
}
/** Refusals beyond the bound, summed up at the minute's end. */
interface SummarizeRefusals {
  readonly type: 'summarize_refusals';
  readonly agent_id: number | null;
  readonly count: number;
  readonly since: number;
}

/** Something that happened to the coordinator itself, or on its way to an agent. */
interface RecordFact {
  readonly type: 'record_fact';
  readonly kind: 'coordinator.recovered' | 'coordinator.repaired' | 'agent.webhook_failed';
  readonly about?: { readonly agent: number; readonly task: number; readonly assignment: number };
  readonly data: Record<string, unknown>;
}

/** An agent shows itself: its first heartbeat, one of a new session, or one after being stale or in grace. */
export interface AgentOnline {
  readonly type: 'agent_online';
  readonly agent_id: number;
  readonly session: string | null;
  readonly interval_seconds: number;
  readonly received_at: number;
  readonly heartbeat: string;
}
/** A Last Will or `offline` of the current session. */
export interface AgentLeaving {
  readonly type: 'agent_leaving';
  readonly agent_id: number;
  readonly session: string | null;
  readonly received_at: number;
  /** The goodbye as received, for the retained topic. */
  readonly heartbeat: string;
}
/** An agent listens on a connection to which these unanswered pings were never written. */
export interface Resend {
  readonly type: 'resend';
  readonly agent_id: number;
  readonly has: (pingId: string) => boolean;
}
/** An agent hears its replies on a connection; `has`: the withdrawal of this assignment reached it, or is on its way there. */
export interface WithdrawAgain {
  readonly type: 'withdraw_again';
  readonly agent_id: number;
  readonly has: (assignmentId: number) => boolean;
}

/** The sweep: the row's next moment has come; the domain says what for. */
interface AssignmentDue {
  readonly type: 'assignment_due';
  readonly assignment_id: number;
}
interface TaskDue {
  readonly type: 'task_due';
  readonly task_id: number;
}
interface AgentDue {
  readonly type: 'agent_due';
  readonly agent_id: number;
}

export type OwnCommand =
  | RecordRefusal
  | SummarizeRefusals
  | RecordFact
  | AgentOnline
  | AgentLeaving
  | Resend
  | WithdrawAgain
  | AssignmentDue
  | TaskDue
  | AgentDue;
