import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from '@prometheus-io/client';
import type { Observer } from '#coordinator/port.ts';
import { ANSWER_OUTCOMES, ESCALATION_RESULTS, type Measure } from '#domain/figures.ts';
import { AGENT_STATUSES, ATTENTION_REASONS, OPEN_STATUSES } from '#schemas/vocabulary.ts';
import type { Census } from '#storage/census.ts';

/** What is asked for at each scrape. */
export interface MetricsSources {
  /** Everything that is counted where it is stored; throws while storage does not answer. */
  census(): Promise<Census>;
  orphanTasks(): number;
  readiness(): { readonly ready: boolean; readonly tickerLagMs: number };
  mqttConnections(): number;
  feedClients(): number;
  /** For METRICS_AGENT_LABELS; undefined: not known any more. */
  agentName(id: number): string | undefined;
}

interface MetricsOptions {
  readonly version: string;
  /** Whether agents' names may be labels: as many series as agents. */
  readonly agentLabels: boolean;
  readonly log: { warn(fields: object, message: string): void };
}

/** `GET /metrics`: counters of this process since its start, and gauges of the present. The figures that survive restarts are those of `GET /stats`. */
export interface Metrics {
  readonly observer: Observer;
  /** From now on scrapes ask these. */
  watch(sources: MetricsSources): void;
  request(of: { readonly method: string; readonly route: string; readonly status: number; readonly seconds: number }): void;
  /** The exposition format of Prometheus. What cannot be read now (the database, /proc at the open-file limit) is left out; the rest is there. */
  render(): Promise<{ readonly type: string; readonly text: string }>;
}

export function createMetrics({ version, agentLabels, log }: MetricsOptions): Metrics {
  let sources: MetricsSources | null = null;
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  new Gauge({ name: 'ping_build_info', help: '1, with what runs', labelNames: ['version', 'node'], registers }).set({ version, node: process.version }, 1);
  const request = httpMetric(registers);
  const observer = observing(registers, agentLabels, (id) => sources?.agentName(id));
  const gauges = gaugesOf(registers);
  return {
    observer,
    watch: (given) => {
      sources = given;
    },
    request: ({ method, route, status, seconds }) => request.observe({ method, route, status: String(status) }, seconds),
    render: async () => {
      if (sources !== null) await gauges(sources, log);
      const texts = await Promise.allSettled(registry.getMetricsAsArray().map(({ name }) => registry.getSingleMetricAsString(name)));
      for (const one of texts) if (one.status === 'rejected') log.warn({ err: one.reason }, 'a metric could not be read');
      return { type: registry.contentType, text: `${texts.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : [])).join('\n\n')}\n` };
    },
  };
}

type Registers = Registry[];

const httpMetric = (registers: Registers) =>
  new Histogram({
    name: 'ping_http_request_duration_seconds',
    help: 'HTTP requests by route (as declared, never the URL)',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10],
    registers,
  });

/** Sets every gauge of the present. The database's are left as they were while it does not answer. */
function gaugesOf(registers: Registers): (sources: MetricsSources, log: MetricsOptions['log']) => Promise<void> {
  const gauge = (name: string, help: string) => new Gauge({ name, help, registers });
  const agents = new Gauge({ name: 'ping_agents', help: 'Active agents by status', labelNames: ['status'], registers });
  const assignments = new Gauge({ name: 'ping_assignments', help: 'Open assignments by status', labelNames: ['status'], registers });
  const attention = new Gauge({ name: 'ping_tasks_needing_attention', help: 'Tasks that need a person, by reason', labelNames: ['reason'], registers });
  const queued = gauge('ping_tasks_queued', 'Tasks that wait for a capable agent to become free');
  const unsent = gauge('ping_outbox_pings', 'Pings that are committed and not yet taken by the transport');
  const orphans = gauge('ping_orphan_tasks', 'Open tasks without a next moment, found by the last audit. Must be 0');
  const ready = gauge('ping_ready', '1 while commands can be taken and committed');
  const lag = gauge('ping_ticker_lag_seconds', 'How late the ticker is');
  const connections = gauge('ping_mqtt_connections', 'Live MQTT connections');
  const clients = gauge('ping_feed_clients', 'Readers of the live feed');
  return async (sources, log) => {
    const { ready: isReady, tickerLagMs } = sources.readiness();
    ready.set(isReady ? 1 : 0);
    lag.set(tickerLagMs / 1000);
    orphans.set(sources.orphanTasks());
    connections.set(sources.mqttConnections());
    clients.set(sources.feedClients());
    try {
      const census = await sources.census();
      for (const status of AGENT_STATUSES) agents.set({ status }, census.agents.get(status) ?? 0);
      for (const status of OPEN_STATUSES) assignments.set({ status }, census.assignments.get(status) ?? 0);
      for (const reason of ATTENTION_REASONS) attention.set({ reason }, census.attention.get(reason) ?? 0);
      queued.set(census.queued);
      unsent.set(census.unsent);
    } catch (error) {
      log.warn({ err: error }, 'the database did not answer; its metrics are those of before');
    }
  };
}

/** Counters and histograms of what the coordinator does, fed by its commits. */
function observing(registers: Registers, agentLabels: boolean, nameOf: (id: number) => string | undefined): Observer {
  const counted = counting(registers);
  const events = eventCounters(registers);
  const size = new Histogram({ name: 'ping_commit_batch_size', help: 'Commands per commit', buckets: [1, 2, 5, 10, 25, 50, 100, 250, 500, 1000], registers });
  const took = new Histogram({
    name: 'ping_commit_duration_seconds',
    help: 'From reading the clock for a batch to its commit',
    buckets: [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
    registers,
  });
  const byAgent = agentLabels ? new Counter({ name: 'ping_agent_answers_total', help: 'Answers by agent', labelNames: ['agent', 'outcome'], registers }) : null;
  const measured = (measures: readonly Measure[]): void => {
    for (const measure of measures) {
      counted(measure);
      if (byAgent !== null && measure.of === 'answer') byAgent.inc({ agent: nameOf(measure.agent_id) ?? 'unknown', outcome: measure.outcome });
    }
  };
  return {
    measured,
    committed: (batch) => {
      size.observe(batch.commands);
      took.observe(batch.ms / 1000);
      measured(batch.measures);
      for (const event of batch.events) events(event);
    },
  };
}

function counting(registers: Registers): (measure: Measure) => void {
  const counter = (name: string, help: string) => new Counter({ name, help, registers });
  const published = counter('ping_pings_published_total', 'Pings taken by the transport');
  const delivered = counter('ping_pings_delivered_total', 'Pings whose receipt came');
  const unreceipted = counter('ping_pings_unreceipted_total', 'Of the pings published, those whose delivery cannot be known');
  const answers = new Counter({ name: 'ping_answers_total', help: 'Answers by outcome and command', labelNames: ['outcome', 'command'], registers });
  const missed = counter('ping_windows_missed_total', 'Times respond_by passed without an answer');
  const snoozes = counter('ping_snoozes_total', 'Snoozes taken');
  const falseAlarms = counter('ping_false_alarms_total', 'Agents that went away and were back within the grace');
  const escalations = new Counter({ name: 'ping_escalations_total', help: 'Escalations by result', labelNames: ['result'], registers });
  const acks = new Histogram({
    name: 'ping_ack_duration_seconds',
    help: 'From attempt 1 of a ping to its answer',
    buckets: [0.1, 0.5, 1, 5, 15, 60, 300, 900, 1800, 3600, 14_400, 86_400],
    registers,
  });
  for (const outcome of ANSWER_OUTCOMES) answers.inc({ outcome, command: 'ack' }, 0);
  for (const result of ESCALATION_RESULTS) escalations.inc({ result }, 0);
  const answered = ({ outcome, command, response_ms }: Extract<Measure, { of: 'answer' }>): void => {
    answers.inc({ outcome, command });
    if (command === 'snooze') snoozes.inc();
    if (response_ms !== null && (outcome === 'in_time' || outcome === 'late')) acks.observe(response_ms / 1000);
  };
  return (measure) => {
    switch (measure.of) {
      case 'answer':
        return answered(measure);
      case 'published':
        published.inc();
        return measure.receipt ? undefined : unreceipted.inc();
      case 'delivered':
        return delivered.inc();
      case 'escalation':
        return escalations.inc({ result: measure.result });
      case 'false_alarm':
        return falseAlarms.inc();
      case 'silence':
        return measure.why === 'missed' ? missed.inc() : undefined;
      case 'too_late':
      case 'escalated':
        return; // figures of GET /stats alone
      default:
        return measure satisfies never;
    }
  };
}

/** Refusals beyond the first 60 a minute of an agent are summed up in one event: they count under this code. */
const SUMMED = 'summed_up';

function eventCounters(registers: Registers): (event: { readonly kind: string; readonly data: Readonly<Record<string, unknown>> }) => void {
  const refused = new Counter({ name: 'ping_messages_refused_total', help: 'Refused messages by code', labelNames: ['code'], registers });
  const closed = new Counter({
    name: 'ping_assignments_closed_total',
    help: 'Assignments that ended, by status and reason',
    labelNames: ['status', 'reason'],
    registers,
  });
  return ({ kind, data }) => {
    if (kind === 'message.refused') {
      const { code, count } = data;
      if (typeof count === 'number') refused.inc({ code: SUMMED }, count);
      else refused.inc({ code: String(code) });
    } else if (kind === 'assignment.completed') closed.inc({ status: 'completed', reason: '' });
    else if (kind === 'assignment.failed') closed.inc({ status: 'failed', reason: String(data['reason'] ?? '') });
  };
}
