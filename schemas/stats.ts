import Type, { type Static } from 'typebox';
import { AgentName, Id, Nullable, Time } from './scalars.ts';

/** The figures of contract §4, `GET /stats`. The descriptions define them; the sums are those of the roll-up. */

export const WINDOWS = ['1h', '24h', '7d', '30d'] as const;
/** How far back the figures reach unless it is said. */
export const DEFAULT_WINDOW: WindowName = '24h';
const Window = Type.Enum([...WINDOWS], { description: 'How far back the figures reach' });
const Count = Type.Integer({ minimum: 0 });

const Value = Nullable(Type.Number({ description: 'Null while there is nothing to count' }));
const figureFields = {
  value: Value,
  unit: Type.Enum(['ratio', 'seconds']),
  numerator: Type.Number(),
  denominator: Type.Number(),
  target: Nullable(Type.Number({ description: 'What is aimed at, in the same unit; null: nothing' })),
  met: Nullable(Type.Boolean({ description: 'Whether the value is beyond the target (ratios: above, times: below); null where either is missing' })),
  enough_data: Type.Boolean({ description: 'The denominator is at least 20: fewer say little' }),
  exclusions: Type.Record(Type.String(), Type.Number(), { description: 'What was left out of numerator and denominator, by reason' }),
  window: Window,
  from: Type.String({ format: 'date-time', description: 'Where the window begins: rounded down to five minutes' }),
  to: Type.String({ format: 'date-time', description: 'Where it ends: now' }),
};
const figure = (description: string) => Type.Object(figureFields, { description });

const figures = {
  ack_rate: figure(
    'Questions answered in time / questions that came to an end. A question is a ping with all its repetitions (attempts); any answer of its holder ' +
      '(ack, snooze, complete, fail) that is taken before respond_by is in time. It ends with the answer, or unanswered when respond_by passes, also where the ' +
      'holder keeps the task; a holder that keeps it owes the next window anew. Target: above 0.95. Exclusions: withdrawn_* (taken away before respond_by, by ' +
      'reason), not_asked (the window passed before any ping was published), no_deadline (answered with pinging off, or to a ping by hand during a snooze), ' +
      'unasked (answers to no ping).',
  ),
  response_time_mean: figure(
    'Mean time from attempt 1 of a ping to the answer, of answers in time and late. Numerator: their sum in seconds; denominator: how many. Snoozed time is in none of ' +
      'them, as a snooze is an answer and a new ping follows it; nor is the time the coordinator was down. Target: below 300 s. Exclusions: no_deadline, unasked, as in ack_rate.',
  ),
  response_time_p50: figure(
    'The time within which half of those answers came: the upper bound of its bin on a fixed logarithmic scale, at most 9.1 % above the time itself. ' +
      'Numerator: answers within it; denominator: all.',
  ),
  response_time_p95: figure('The same for 95 of 100 answers.'),
  escalation_success_rate: figure(
    'Escalations whose assignment was acknowledged, or completed / escalations that are decided, each counted at the moment it was made. No success is one that ' +
      'failed (timeout, stale, reported, deactivated), also after it was acknowledged; one that found nobody; and one whose holder let its time to answer pass and ' +
      'keeps the task, as long as it is silent. Target: above 0.9. Exclusions: undecided (not acknowledged yet, and its time to answer has not passed), withdrawn ' +
      '(cancelled or reassigned before any answer). found_nobody says how many of the denominator went to no one.',
  ),
  delivery_rate: figure(
    'Pings whose receipt came (the PUBACK of the very packet by the agent itself, or a 2xx of its webhook) / pings published, each attempt by itself, counted at its publication. ' +
      'Exclusions: no_receipt (published where no receipt can come: the agent listens at QoS 0 alone, or the broker is an external one).',
  ),
};

export const Stats = Type.Object(
  {
    window: Window,
    from: Time,
    to: Time,
    ...figures,
    uptime: figure(
      'The time in which commands could be taken and committed / the time of the window, in seconds, by the self-heartbeat that is written every 5 s (so that a stop costs up to 5 s ' +
        'more than it took). Target: above 0.995. Exclusions, in seconds: before_first_start, clock_jump (time that a jump of the wall clock skipped).',
    ),
    before: Type.Object(
      {
        from: Time,
        to: Time,
        ack_rate: Value,
        response_time_mean: Value,
        escalation_success_rate: Value,
        uptime: Value,
      },
      { description: 'The values over the window before this one, equally long: which way each figure goes' },
    ),
  },
  { $id: 'stats', title: 'Stats', description: 'How the fleet and the coordinator do. Figures survive restarts and the pruning of events.' },
);

export const AgentStats = Type.Object(
  {
    agent_id: Id,
    agent_name: AgentName,
    window: Window,
    from: Time,
    to: Time,
    ...figures,
    late_acks: Type.Integer({
      minimum: 0,
      description: 'Answers that came after respond_by: before the timeout was judged, or refused because the assignment had timed out',
    }),
    snoozes: Count,
    false_alarms: Type.Integer({
      minimum: 0,
      description: 'Times it went away (Last Will, offline, or silent with many others) and was back within the grace',
    }),
  },
  { $id: 'agent_stats', title: 'AgentStats', description: 'How one agent does. Escalations are counted for the agent that they went to.' },
);

const Seconds = Nullable(Type.Number({ description: 'Seconds; null while there is nothing to count' }));
export const StatsSeries = Type.Object(
  {
    window: Window,
    from: Time,
    to: Time,
    step_seconds: Type.Number({ description: 'How far the points lie apart' }),
    points: Type.Array(
      Type.Object({
        at: Type.String({ format: 'date-time', description: 'Where the step begins; the last one is not over yet' }),
        questions: Count,
        ack_rate: Nullable(Type.Number({ description: 'As in GET /stats, of this step' })),
        answers: Count,
        response_time_p50: Seconds,
        response_time_p95: Seconds,
      }),
      { description: 'Oldest first, none left out' },
    ),
  },
  { $id: 'stats_series', title: 'StatsSeries', description: 'How ack rate and response times went over a window, for plots.' },
);

export type WindowName = (typeof WINDOWS)[number];
/** One figure with what it was computed from. */
export type Figure = Static<ReturnType<typeof figure>>;
export type Stats = Static<typeof Stats>;
export type StatsSeries = Static<typeof StatsSeries>;
export type AgentStats = Static<typeof AgentStats>;
