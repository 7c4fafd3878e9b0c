import { readFileSync } from 'node:fs';
import { expect, it, vi } from 'vitest';
import { createMetrics, type MetricsSources } from '#src/metrics.ts';
import { TestApp } from '#test/support/app.ts';
import { ADMIN } from '#test/support/config.ts';
import { MINUTE, SECOND } from '#test/support/facts.ts';

async function scrape(app: TestApp, token = ADMIN): Promise<string> {
  const answer = await fetch(`${app.url('http')}/metrics`, { headers: { authorization: `Bearer ${token}` } });
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  return answer.text();
}

/** The value of one series, as it stands in the text; undefined when it is not there. */
function read(text: string, series: string): number | undefined {
  const line = text.split('\n').find((l) => l.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1));
}

it('metrics move when things happen', async () => {
  await using app = await TestApp.start();
  const before = await scrape(app);
  expect(read(before, 'ping_pings_published_total')).toBe(0);
  expect(read(before, 'ping_answers_total{outcome="in_time",command="ack"}')).toBe(0);
  expect(before).toMatch(/^ping_build_info\{version="2\.[^"]+",node="v\d+[^"]*"\} 1$/m);
  expect(read(before, 'ping_ready')).toBe(1);

  const [a, b] = [await app.agent('alice', { max_concurrent: 9 }), await app.agent('bob')];
  const alice = await app.join(a);
  const [acked, snoozed] = [await app.task('alice'), await app.task('alice')];
  await app.task('bob');
  await alice.hear('ping');
  await app.clock.advance(10 * SECOND);
  await alice.say('ack', { task_id: acked.id });
  await alice.say('snooze', { task_id: snoozed.id });
  await alice.say('ack', { task_id: 999 });
  await alice.hear('reply', (r) => r.ok === false);
  for (let i = 0; i < 100 && read(await scrape(app), 'ping_pings_delivered_total') !== 2; i += 1) await app.clock.advance(300);

  const after = await scrape(app);
  const now = (series: string): number | undefined => read(after, series);
  expect(now('ping_pings_published_total')).toBe(3);
  expect(now('ping_pings_delivered_total')).toBe(2);
  expect(now('ping_answers_total{outcome="in_time",command="ack"}')).toBe(1);
  expect(now('ping_answers_total{outcome="in_time",command="snooze"}')).toBe(1);
  expect(now('ping_snoozes_total')).toBe(1);
  expect(now('ping_ack_duration_seconds_sum')).toBe(20);
  expect(now('ping_ack_duration_seconds_bucket{le="5"}')).toBe(0);
  expect(now('ping_ack_duration_seconds_bucket{le="15"}')).toBe(2);
  expect(now('ping_messages_refused_total{code="task_not_found"}')).toBe(1);
  expect(now('ping_agents{status="working"}')).toBe(1);
  expect(now('ping_agents{status="busy"}')).toBe(1);
  expect(now('ping_agents{status="idle"}')).toBe(1); // Ruto
  expect(now('ping_assignments{status="acknowledged"}')).toBe(1);
  expect(now('ping_assignments{status="snoozed"}')).toBe(1);
  expect(now('ping_assignments{status="pending"}')).toBe(1);
  expect(now('ping_mqtt_connections')).toBe(1);
  expect(now('ping_feed_clients')).toBe(0);
  expect(now('ping_outbox_pings')).toBe(0);
  expect(now('ping_orphan_tasks')).toBe(0);
  expect(now('ping_commit_batch_size_count')).toBeGreaterThan(4);
  expect(now('ping_commit_duration_seconds_count')).toBe(now('ping_commit_batch_size_count'));
  expect(now('ping_http_request_duration_seconds_count{method="POST",route="/tasks",status="201"}')).toBe(3);
  expect(after).not.toContain('/agents/2'); // routes, never URLs
  expect(after).not.toContain('alice');

  await alice.say('complete', { task_id: acked.id });
  await app.clock.advance(30 * MINUTE); // bob is silent
  const last = await scrape(app);
  expect(read(last, 'ping_escalations_total{result="handed_over"}')).toBe(1);
  expect(read(last, 'ping_windows_missed_total')).toBe(1);
  expect(read(last, 'ping_assignments_closed_total{status="failed",reason="timeout"}')).toBe(1);
  expect((await app.call('GET', '/metrics', undefined, b.token)).status).toBe(404);
  expect((await fetch(`${app.url('http')}/metrics`)).status).toBe(401);
});

it('names agents only when told to', async () => {
  await using app = await TestApp.start({ METRICS_AGENT_LABELS: 'true' });
  const a = await app.agent('alice');
  const task = await app.task('alice');
  await app.ok('POST', `/agents/${a.id}/acknowledge`, { task_id: task.id });
  expect(read(await scrape(app), 'ping_agent_answers_total{agent="alice",outcome="in_time"}')).toBe(1);
});

it('what cannot be read is left out, and the rest is there', async () => {
  const warned: string[] = [];
  const metrics = createMetrics({ version: '2', agentLabels: false, log: { warn: (_, message) => warned.push(message) } });
  const sources: MetricsSources = {
    census: () => Promise.reject(new Error('disk I/O error')),
    orphanTasks: () => 3,
    readiness: () => ({ ready: false, tickerLagMs: 1500 }),
    mqttConnections: () => 7,
    feedClients: () => 2,
    agentName: () => undefined,
  };
  metrics.watch(sources);
  const emfile = Object.assign(new Error('EMFILE: too many open files, uv_resident_set_memory'), { code: 'EMFILE' });
  const spy = vi.spyOn(process, 'memoryUsage').mockImplementation(() => {
    throw emfile;
  });
  const cpu = vi.spyOn(process, 'cpuUsage').mockImplementation(() => {
    throw emfile;
  });
  try {
    const { text } = await metrics.render();
    expect(read(text, 'ping_orphan_tasks')).toBe(3);
    expect(read(text, 'ping_ready')).toBe(0);
    expect(read(text, 'ping_ticker_lag_seconds')).toBe(1.5);
    expect(read(text, 'ping_mqtt_connections')).toBe(7);
    expect(read(text, 'ping_feed_clients')).toBe(2);
    expect(warned).toContain('the database did not answer; its metrics are those of before');
    expect(warned).toContain('a metric could not be read');
  } finally {
    spy.mockRestore();
    cpu.mockRestore();
  }
});

/** Names of metrics in a PromQL expression: every identifier that is no function, keyword, label or string. */
function metricsIn(expr: string): string[] {
  const bare = expr
    .replace(/"[^"]*"/g, '')
    .replace(/\{[^}]*\}/g, '')
    .replace(/\[[^\]]*\]/g, '')
    .replace(/\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/g, '');
  return [...bare.matchAll(/(?<![\w:])[a-zA-Z_:][\w:]*(?!\s*\(|\w)/g)]
    .map(([name]) => name)
    .filter((name) => !['and', 'or', 'unless', 'bool', 'offset', 'sum'].includes(name));
}

it('the dashboard and the alerts ask for nothing that is not there', async () => {
  expect(metricsIn('sum by (le) (rate(a_b[5m])) / c{x="d"} > 2 and sum(e)')).toEqual(['a_b', 'c', 'e']);
  await using app = await TestApp.start();
  const text = await scrape(app);
  const there = new Set(
    [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].flatMap(([, name, type]) =>
      type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
    ),
  );
  const docs = new URL('../../docs/metrics/', import.meta.url);
  const { panels } = JSON.parse(readFileSync(new URL('grafana.json', docs), 'utf8')) as { panels: { targets: { expr: string }[] }[] }; // as: Grafana's format
  const rules = readFileSync(new URL('alerts.yml', docs), 'utf8');
  const alerts = [...rules.matchAll(/^ {8}expr: (?:>-\n((?: {10}.*\n)+)|(.*)\n)/gm)].map(([, folded, plain]) => folded ?? plain ?? '');
  expect(alerts).toHaveLength(rules.match(/- alert:/g)?.length ?? 0);
  const asked = [...panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)), ...alerts].flatMap(metricsIn);
  expect(new Set(asked).size).toBeGreaterThan(20);
  // `up` is what Prometheus says of the scrape itself
  expect([...new Set(asked)].filter((name) => name !== 'up' && !there.has(name))).toEqual([]);
  // and whatever the product counts itself is shown
  const shown = new Set(asked);
  const ours = [...text.matchAll(/^# TYPE (ping_\S+) (\S+)$/gm)].filter(
    ([, name, type]) => !shown.has(String(name)) && !(type === 'histogram' && (shown.has(`${name}_bucket`) || shown.has(`${name}_sum`))),
  );
  expect(ours.map(([, name]) => name)).toEqual(['ping_build_info']);
});
