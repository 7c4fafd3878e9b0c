import { expect, test } from 'vitest';
import { BUCKET_MS, COUNTERS, type Counter, FLEET, incrementsOf, type Measure } from '#domain/figures.ts';
import { spanOf } from '#domain/stats.ts';
import { census } from '#storage/census.ts';
import { Pruning } from '#storage/prune.ts';
import { addToRollup, presence, sumRollup } from '#storage/rollup.ts';
import { type Em, run } from '#storage/statement.ts';
import { type Change, writeChanges } from '#storage/write.ts';
import { agentRow, assignmentRow, pingRow, taskRow } from '#test/http/rows.ts';
import { describeOnEach } from './databases.ts';

const NOW = Date.UTC(2026, 10, 23, 9, 17, 31);
const DAY = 86_400_000;

/** Answers of three agents, one every 7 minutes for so many days back. */
function answers(days: number): Measure[] {
  return Array.from({ length: Math.floor((days * DAY) / 420_000) }, (_, i): Measure => {
    const at = NOW - i * 420_000;
    return { of: 'answer', agent_id: 1 + (i % 3), at, command: 'ack', outcome: i % 5 === 0 ? 'late' : 'in_time', response_ms: 1000 + i };
  });
}

/** What the sums must be, straight from the measures. */
function summed(measures: readonly Measure[], agent: number, from: number): Partial<Record<Counter, number>> {
  const sums: Partial<Record<Counter, number>> = {};
  const within = measures.filter((m) => m.at >= from && (agent === FLEET || m.agent_id === agent));
  for (const row of incrementsOf(within)) {
    if (row.agent_id !== agent) continue;
    for (const c of COUNTERS) sums[c] = (sums[c] ?? 0) + row.counters[c];
  }
  return sums;
}

describeOnEach('roll-up', (databases) => {
  test('any window sums exactly what happened in it, of the fleet and of each agent', async () => {
    const storage = await databases.open();
    const all = answers(3);
    for (let i = 0; i < all.length; i += 100) await storage.em().transactional((em) => addToRollup(em, incrementsOf(all.slice(i, i + 100))));
    for (const window of ['1h', '24h', '7d', '30d'] as const) {
      const { from, to } = spanOf(window, NOW);
      for (const agent of [FLEET, 1, 2, 3]) {
        const { counters, bins } = await sumRollup(storage.em(), agent, from, to);
        expect(counters, `${window} of ${agent}`).toEqual(summed(all, agent, from));
        expect(bins.reduce((sum, [, n]) => sum + n, 0)).toBe(counters.in_time + counters.late);
        expect(bins.map(([bin]) => bin)).toEqual(bins.map(([bin]) => bin).toSorted((a, b) => a - b));
      }
    }
  });

  test('every edge of a window, bucket by bucket', async () => {
    const storage = await databases.open();
    const all = answers(0.2);
    await storage.em().transactional((em) => addToRollup(em, incrementsOf(all)));
    for (let from = Math.floor((NOW - 0.2 * DAY) / BUCKET_MS) * BUCKET_MS; from <= NOW; from += BUCKET_MS) {
      expect((await sumRollup(storage.em(), FLEET, from, NOW)).counters.response_ms, new Date(from).toISOString()).toBe(
        summed(all, FLEET, from).response_ms ?? 0,
      );
    }
  });

  test('the census counts what is there now', async () => {
    const storage = await databases.open();
    expect(await census(storage.em())).toEqual({ agents: new Map(), assignments: new Map(), attention: new Map(), queued: 0, unsent: 0 });
    await storage
      .em()
      .transactional((em) =>
        writeChanges(em, [
          { op: 'insert', table: 'agent', row: agentRow(1, 'idle') },
          { op: 'insert', table: 'agent', row: agentRow(2, 'works') },
          { op: 'insert', table: 'agent', row: agentRow(3, 'asked') },
          { op: 'insert', table: 'agent', row: agentRow(4, 'gone', { is_offline: true }) },
          { op: 'insert', table: 'agent', row: agentRow(5, 'retired', { is_active: false }) },
          ...[1, 2, 3].map(
            (id): Change => ({ op: 'insert', table: 'task', row: taskRow(id, id === 3 ? { needs_attention: 'no_target', queued_at: NOW } : {}) }),
          ),
          { op: 'insert', table: 'assignment', row: assignmentRow(1, 1, 2, { status: 'acknowledged' }) },
          { op: 'insert', table: 'assignment', row: assignmentRow(2, 2, 3) },
          { op: 'insert', table: 'assignment', row: assignmentRow(3, 3, 2, { status: 'completed', closed_at: NOW }) },
          { op: 'insert', table: 'ping', row: pingRow(1, 2, 3, { published_at: null }) },
        ]),
      );
    expect(await census(storage.em())).toEqual({
      agents: new Map([
        ['idle', 1],
        ['working', 1],
        ['busy', 1],
        ['offline', 1],
      ]),
      assignments: new Map([
        ['acknowledged', 1],
        ['pending', 1],
      ]),
      attention: new Map([['no_target', 1]]),
      queued: 1,
      unsent: 1,
    });
  });

  test('presence: gaps are down, before the first start there is nothing', async () => {
    const storage = await databases.open();
    const [from, to] = [NOW - 1000_000, NOW];
    expect(await presence(storage.em(), from, to)).toEqual({ up_ms: 0, known_ms: 0, before_ms: 1000_000, skipped_ms: 0 });
    const pulse = (instance: string, start: number, stop: number): Promise<unknown> =>
      run(storage.em(), 'insert into pulse (instance, from_at, until_at, monotonic) values (?, ?, ?, ?)', [instance, from + start, from + stop, stop]);
    await pulse('a', 100_000, 300_000);
    await pulse('a', 400_000, 500_000);
    await pulse('b', 700_000, 995_000);
    expect(await presence(storage.em(), from, to)).toEqual({ up_ms: 600_000, known_ms: 900_000, before_ms: 100_000, skipped_ms: 0 });
    expect(await presence(storage.em(), from + 200_000, to)).toEqual({ up_ms: 500_000, known_ms: 800_000, before_ms: 0, skipped_ms: 0 });
  });

  test('pruning keeps the newest event, keys of the last day, pings of open assignments, what was not read, and the figures', async () => {
    const storage = await databases.open();
    const old = NOW - 100 * DAY;
    const insert = (table: string, columns: string, rows: readonly (readonly (string | number | null)[])[]): Promise<unknown[]> =>
      Promise.all(rows.map((row) => run(storage.em(), `insert into ${table} (${columns}) values (${row.map(() => '?').join(', ')})`, row)));
    const ids = async (table: string): Promise<number[]> => (await run(storage.em(), `select id from ${table} order by id`)).map((row) => Number(row['id']));
    await insert(
      'event',
      'id, kind, at, actor, channel, data, message_key',
      Array.from({ length: 1200 }, (_, i) => [i + 1, 'task.created', i < 1100 ? old + i : NOW, 'admin', 'rest', '{}', i < 3 ? `k${i}` : null]),
    );
    const yes = storage.dialect === 'sqlite' ? '1' : 'true';
    const no = storage.dialect === 'sqlite' ? '0' : 'false';
    await run(
      storage.em(),
      `insert into agent (id, name, name_key, type, capabilities, webhook_secret, token_hash, timeout_minutes, max_concurrent, is_active, created_at, is_offline, in_grace, returned_unproven, revision)
       values (1, 'a', 'a', 'sub_agent', '[]', '', '', 30, 9, ${yes}, 0, ${no}, ${no}, ${no}, 1)`,
    );
    for (const [id, closed] of [
      [1, old],
      [2, null],
    ] as const) {
      await run(
        storage.em(),
        `insert into task (id, name, status, priority, required_capabilities, blocked_by, deadline_unresolved, ping_interval_minutes, is_ping_enabled, attention_reminders, escalation_count, bars, failed_by, waiting_notices, created_by, created_at, revision)
         values (${id}, 't', 'todo', 0, '[]', '[]', ${no}, 30, ${yes}, 0, 0, '[]', '[]', 0, 'admin', 0, 1)`,
      );
      await run(
        storage.em(),
        `insert into assignment (id, task_id, agent_id, status, assigned_at, assigned_by, window_start, owes_resend, snoozes, escalation_count, chain, closed_at, closed_by_holder, attempt, pings_sent, version)
         values (${id}, ${id}, 1, '${closed === null ? 'pending' : 'completed'}', 0, 'admin', 0, ${no}, 0, 0, '[]', ${closed}, ${no}, 1, 1, 1)`,
      );
      await run(
        storage.em(),
        `insert into ping (id, ping_id, assignment_id, agent_id, kind, attempt, created_at) values (${id}, 'x', ${id}, 1, 'assigned', 1, ${old})`,
      );
    }
    await insert('notification', 'id, kind, title, body, created_at, read_at', [
      [1, 'x', '', '', old, old],
      [2, 'x', '', '', old, null],
      [3, 'x', '', '', NOW, NOW],
    ]);
    await storage.em().transactional((em) => addToRollup(em, incrementsOf(answers(1).map((m, i) => ({ ...m, at: i % 2 === 0 ? old : NOW - 401 * DAY })))));
    const sum = async (): Promise<number> => Number((await run(storage.em(), 'select sum(in_time + late) as n from rollup where agent_id = 0'))[0]?.['n']);
    const before = await sum();

    const forEver = new Pruning(0);
    const transaction = <T>(work: (em: Em) => Promise<T>): Promise<T> => storage.em().transactional(work);
    while (await forEver.step(transaction, NOW)) expect(await ids('event')).toHaveLength(1200);
    expect([await ids('ping'), await ids('notification')]).toEqual([
      [1, 2],
      [1, 2, 3],
    ]);
    expect(await sum()).toBe(Math.ceil(before / 2)); // what is older than 400 days went

    // Within a day of the old events their message ids are still recognised.
    const early = new Pruning(0.001);
    let earlySteps = 0;
    while (await early.step(transaction, old + 3_600_000)) earlySteps += 1;
    expect(earlySteps).toBeLessThan(10);
    expect((await ids('event')).slice(0, 4)).toEqual([1, 2, 3, 1101]);

    const pruning = new Pruning(90);
    let steps = 0;
    while (await pruning.step(transaction, NOW)) steps += 1;
    expect(steps).toBeLessThan(10);
    expect(await ids('event')).toEqual(Array.from({ length: 100 }, (_, i) => 1101 + i));
    expect([await ids('ping'), await ids('notification')]).toEqual([[2], [2, 3]]);
    expect(await sum()).toBe(Math.ceil(before / 2));

    // All of them are old at last: the newest stays, whose id readers go on from.
    while (await pruning.step(transaction, NOW + 200 * DAY)) steps += 1;
    expect(await ids('event')).toEqual([1200]);
  });
});
