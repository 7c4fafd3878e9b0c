import { expect, it } from 'vitest';
import { TestApp } from '#test/support/app.ts';
import { MINUTE, SECOND } from '#test/support/facts.ts';

it('a poisoned command is answered and recorded, and the others of its batch succeed', async () => {
  await using app = await TestApp.start();
  const a = await app.agent('alice', { max_concurrent: 9 });
  const alice = await app.join(a);
  const tasks = [await app.task('alice'), await app.task('alice'), await app.task('alice')];
  const bad = tasks[1]?.id ?? 0;
  await app.sql(`update task set bars = '{"no list' where id = ?`, bad);
  await Promise.all(tasks.map((task) => alice.say('ack', { task_id: task.id, message_id: `m${task.id}` })));
  expect((await alice.hear('reply', (r) => r.error?.code === 'internal_error')).body).toMatchObject({
    ok: false,
    command: 'ack',
    task_id: bad,
    message_id: `m${bad}`,
  });
  for (const task of tasks) if (task.id !== bad) await alice.hear('reply', (r) => r.task_id === task.id && r.ok);
  expect((await app.events('message.refused')).map((e) => e.data)).toMatchObject([{ code: 'internal_error', topic: 'agents/alice/ack' }]);
  expect((await app.call('GET', '/readyz')).status).toBe(200);
});

it('a poisoned command that cannot even be recorded is answered, and is no outage', async () => {
  await using app = await TestApp.start();
  const alice = await app.join(await app.agent('alice'));
  const task = await app.task('alice');
  const before = await app.assignment(task);
  await app.sql(`update task set bars = '{"no list'`);
  await app.sql(`create trigger no_record before insert on event when new.kind = 'message.refused' begin select raise(abort, 'no'); end`);
  await alice.say('ack', { task_id: task.id });
  await alice.hear('reply', (r) => r.error?.code === 'internal_error');
  await app.sql('drop trigger no_record');
  await app.sql(`update task set bars = '[]'`);
  await app.clock.advance(SECOND);
  expect(alice.client.connected).toBe(true);
  expect((await app.assignment(task)).respond_by).toBe(before.respond_by);
});

it('a poisoned due row does not stop the sweep', async () => {
  await using app = await TestApp.start();
  await app.agent('alice', { max_concurrent: 9 });
  const tasks = [await app.task('alice'), await app.task('alice'), await app.task('alice')];
  await app.sql(`update task set bars = '{"no list' where id = ?`, tasks[1]?.id ?? 0);
  await app.clock.advance(30 * MINUTE);
  for (const task of tasks) if (task !== tasks[1]) expect(await app.assignment(task)).toMatchObject({ agent_name: 'Ruto' });
  const refusals = async (): Promise<number> => (await app.events('message.refused')).length;
  const before = await refusals();
  await app.clock.advance(59 * SECOND);
  expect(await refusals()).toBe(before);
  await app.sql(`update task set bars = '[]' where id = ?`, tasks[1]?.id ?? 0);
  await app.clock.advance(2 * SECOND);
  expect(await app.assignment(tasks[1] ?? { id: 0 })).toMatchObject({ agent_name: 'Ruto' });
});

it('the audit finds tasks whose moments were lost, and gives them new ones', async () => {
  await using app = await TestApp.start();
  await app.agent('alice', { max_concurrent: 1 });
  const [held, queued] = [await app.task('alice'), await app.task()];
  const parked = await app.task(undefined, { required_capabilities: ['x'], escalation_chain: [] });
  const snoozed = await app.task('Ruto');
  await app.ok('POST', '/agents/1/snooze', { task_id: snoozed.id, minutes: 600 });
  await app.sql('update assignment set due_at = null, respond_by = null, remind_at = null, snooze_until = null');
  await app.sql('update task set due_at = null, wake_at = null, waiting_notice_at = null, attention_remind_at = null');
  await app.clock.advance(31 * SECOND);
  expect(await app.assignment(held)).toMatchObject({ pings_sent: 2, status: 'pending', respond_by: expect.any(String) });
  expect(await app.assignment(snoozed)).toMatchObject({ pings_sent: 2, status: 'pending' });
  const lost = await app.sql(
    'select t.id as id from task t where t.due_at is null and not exists (select 1 from assignment a where a.task_id = t.id and a.due_at is not null)',
  );
  expect(lost).toEqual([]);
  expect((await app.taskNow(parked)).needs_attention).toBe('no_target');
  expect((await app.taskNow(queued)).assigned_agent_id).toBeNull();
});

it('a row that is due for nothing does not keep the ticker busy', async () => {
  await using app = await TestApp.start();
  const a = await app.agent('alice');
  const gone = await app.agent('bob');
  await app.ok('DELETE', `/agents/${gone.id}`);
  await app.sql('update agent set stale_at = ?, due_at = ? where id = ?', app.clock.now(), app.clock.now(), gone.id);
  await app.sql(
    'update agent set is_offline = 1, offline_since = ?, stale_at = ?, due_at = ? where id = ?',
    app.clock.now(),
    app.clock.now(),
    app.clock.now(),
    a.id,
  );
  await app.clock.advance(SECOND);
  expect(await app.sql('select id from agent where due_at is not null')).toEqual([]);
});
