import { expect, it } from 'vitest';
import { run } from '#storage/statement.ts';
import { TestApp } from '#test/support/app.ts';
import { SECOND } from '#test/support/facts.ts';

/**
 * Rows that one ping and its ack write, each in a commit of its own. Under load many share the commits, and with them the agent's row and the roll-up's.
 * What is written is what a durable ack costs: more of it is to be noticed here, not later in a benchmark.
 */
const BUDGET: Readonly<Record<string, number>> = {
  'event insert': 2,
  'ping insert': 1,
  // Its receipts; its answer.
  'ping update': 2,
  // The ping; the ack.
  'assignment update': 2,
  'agent update': 1,
  // The agent's bucket, the fleet's, the fleet's hour.
  'rollup upsert': 3,
  'rollup_response upsert': 3,
};
/** Of rows and indexes, without what pages leave free. */
const BYTES = 520;
const ROUNDS = 20;
const UPSERTED = ['rollup', 'rollup_response'];
const TABLES = ['agent', 'assignment', 'comment', 'event', 'notification', 'phase', 'ping', 'task', 'task_blocker', 'todo', ...UPSERTED];

async function countWrites(app: TestApp): Promise<void> {
  await using storage = await app.storage();
  await run(storage.em(), 'create table written (what text primary key, n integer not null)');
  for (const table of TABLES) {
    for (const verb of ['insert', 'update', 'delete']) {
      const what = `${table} ${UPSERTED.includes(table) ? 'upsert' : verb}`;
      const count = `insert into written values ('${what}', 1) on conflict (what) do update set n = n + 1`;
      await run(storage.em(), `create trigger "${table} ${verb}" after ${verb} on "${table}" begin ${count}; end`);
    }
  }
}

async function payload(app: TestApp): Promise<number> {
  const [sum] = await app.sql(`select sum(payload) as n from dbstat where name not like 'sqlite%' and name not like '%written%'`);
  return Number(sum?.['n']);
}

it('a ping and its ack write what they must, and no more', { timeout: 60_000 }, async () => {
  await using app = await TestApp.start();
  const alice = await app.join(await app.agent('alice', { timeout_minutes: 60 }));
  await app.task('alice', { ping_interval_minutes: 0.05 });
  let heard = 0;
  const round = async (): Promise<void> => {
    heard += 1;
    await alice.hear('ping', () => alice.on('ping').length === heard);
    await alice.say('ack', { message_id: `01a20735-de7a-7828-979c-0f71ce68${1000 + heard}` });
    await app.clock.advance(3 * SECOND);
  };
  for (let n = 0; n < 3; n += 1) await round();
  await countWrites(app);
  const before = await payload(app);
  for (let n = 0; n < ROUNDS; n += 1) await round();
  const written = new Map((await app.sql('select what, n from written')).map(({ what, n }) => [String(what), Number(n) / ROUNDS]));
  expect([...written.keys()].sort()).toEqual(Object.keys(BUDGET).sort());
  for (const [what, n] of written) expect(n, what).toBeLessThanOrEqual(BUDGET[what] ?? 0);
  expect(((await payload(app)) - before) / ROUNDS).toBeLessThan(BYTES);
});
