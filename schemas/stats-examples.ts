import type { Figure } from './stats.ts';

/** Examples of the figures. */

const day = { window: '24h', from: '2026-11-22T09:00:00.000Z', to: '2026-11-23T09:00:00.000Z' } as const;
const figure = (of: Omit<Figure, 'window' | 'from' | 'to' | 'enough_data'>): Figure => ({ ...of, enough_data: of.denominator >= 20, ...day });
const seconds = (value: number, numerator: number, target: number | null, met: boolean | null): Figure =>
  figure({ value, unit: 'seconds', numerator, denominator: 200, target, met, exclusions: { no_deadline: 0, unasked: 3 } });
const figures = {
  ...day,
  ack_rate: figure({ value: 0.98, unit: 'ratio', numerator: 196, denominator: 200, target: 0.95, met: true, exclusions: { not_asked: 1, unasked: 3 } }),
  response_time_mean: seconds(40, 8000, 300, true),
  response_time_p50: seconds(21.247, 101, null, null),
  response_time_p95: seconds(155.871, 191, null, null),
  escalation_success_rate: figure({
    value: 1,
    unit: 'ratio',
    numerator: 4,
    denominator: 4,
    target: 0.9,
    met: true,
    exclusions: { undecided: 2, withdrawn: 1, found_nobody: 0 },
  }),
  delivery_rate: figure({ value: 1, unit: 'ratio', numerator: 230, denominator: 230, target: null, met: null, exclusions: { no_receipt: 2 } }),
};

export const STATS = {
  stats: {
    ...figures,
    uptime: figure({
      value: 1,
      unit: 'ratio',
      numerator: 86_400,
      denominator: 86_400,
      target: 0.995,
      met: true,
      exclusions: { before_first_start: 0, clock_jump: 0 },
    }),
    before: {
      from: '2026-11-21T09:00:00.000Z',
      to: day.from,
      ack_rate: 0.97,
      response_time_mean: 52.5,
      escalation_success_rate: null,
      uptime: 0.9996,
    },
  },
  stats_series: {
    window: '24h',
    from: '2026-11-22T09:00:00.000Z',
    to: '2026-11-23T09:00:00.000Z',
    step_seconds: 1800,
    points: [{ at: '2026-11-22T09:00:00.000Z', questions: 12, ack_rate: 11 / 12, answers: 11, response_time_p50: 4.1, response_time_p95: 61.2 }],
  },
  agent_stats: { agent_id: 2, agent_name: 'alice', ...figures, late_acks: 1, snoozes: 2, false_alarms: 0 },
};
