import { expect, test } from 'vitest';
import type { Change } from '#domain/draft.ts';
import { incrementsOf, type Measure } from '#domain/figures.ts';
import { Pruning } from '#storage/prune.ts';
import { addToRollup } from '#storage/rollup.ts';
import { type Em, run } from '#storage/statement.ts';
import { writeChanges } from '#storage/write.ts';
import { agentRow, assignmentRow, eventRow, notificationRow, pingRow, taskRow } from '#test/support/rows.ts';
import { describeOnEach } from './databases.ts';

const NOW = Date.UTC(2026, 10, 23, 9, 17, 31);
const DAY = 86_400_000;

/** So many answers, every other one as old as the events, the others older than figures are kept. */
const answers = (n: number): Measure[] =>
  Array.from({ length: n }, (_, i) => {
    const at = NOW - (i % 2 === 0 ? 100 : 401) * DAY;
    return { of: 'answer', agent_id: 1, at, command: 'ack', outcome: 'in_time', response_ms: 1000 + i };
  });

describeOnEach('pruning', (databases) => {
  test('keeps the newest event, keys of the last day, pings of open assignments, what was not read, and the figures', async () => {
    const storage = await databases.open();
    const old = NOW - 100 * DAY;
    const ids = async (table: string): Promise<number[]> => (await run(storage.em(), `select id from ${table} order by id`)).map((row) => Number(row['id']));
    const rows: Change[] = [
      ...Array.from(
        { length: 1200 },
        (_, i): Change => ({ op: 'insert', table: 'event', row: eventRow(i + 1, { at: i < 1100 ? old + i : NOW, message_key: i < 3 ? `k${i}:1` : null }) }),
      ),
      { op: 'insert', table: 'agent', row: agentRow(1, 'alice') },
      { op: 'insert', table: 'task', row: taskRow(1) },
      { op: 'insert', table: 'task', row: taskRow(2) },
      { op: 'insert', table: 'assignment', row: assignmentRow(1, 1, 1, { status: 'completed', closed_at: old }) },
      { op: 'insert', table: 'assignment', row: assignmentRow(2, 2, 1) },
      { op: 'insert', table: 'ping', row: pingRow(1, 1, 1, { created_at: old }) },
      { op: 'insert', table: 'ping', row: pingRow(2, 2, 1, { created_at: old }) },
      { op: 'insert', table: 'notification', row: notificationRow(1, { created_at: old, read_at: old }) },
      { op: 'insert', table: 'notification', row: notificationRow(2, { created_at: old }) },
      { op: 'insert', table: 'notification', row: notificationRow(3, { created_at: NOW, read_at: NOW }) },
    ];
    await storage.em().transactional((em) => writeChanges(em, rows));
    await storage.em().transactional((em) => addToRollup(em, incrementsOf(answers(200))));
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
