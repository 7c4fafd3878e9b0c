import { expect, it } from 'vitest';
import { TestApp } from '#test/support/app.ts';
import { HOUR, MINUTE, SECOND } from '#test/support/facts.ts';

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

it('refusals beyond 60 a minute are summed up in one event at the end of the minute', async () => {
  await using app = await TestApp.start();
  const alice = await app.join(await app.agent('alice'));
  for (let i = 0; i < 100; i += 1) await alice.say('ack', { task_id: 999 });
  expect(await app.events('message.refused')).toHaveLength(60);
  await app.clock.advance(MINUTE - SECOND);
  await app.clock.pause(2 * SECOND - 1);
  expect((await app.events('message.refused')).slice(60).map((e) => e.data)).toEqual([{ count: 40, since: expect.any(String) }]);
  expect(alice.on('reply')).toHaveLength(100);
});

it('a refusal at the turn of the minute does not lose the sum', async () => {
  await using app = await TestApp.start();
  const alice = await app.join(await app.agent('alice'));
  for (let i = 0; i < 70; i += 1) await alice.say('ack', { task_id: 999 });
  await app.clock.advance(MINUTE - SECOND / 2);
  app.clock.skip(SECOND); // no tick has been since the minute ended
  await alice.say('ack', { task_id: 999 });
  await app.clock.advance(2 * SECOND);
  expect((await app.events('message.refused')).filter((e) => 'count' in e.data)).toHaveLength(1);
});

it('a message_id is kept for 24 hours, and may then be used anew', async () => {
  await using app = await TestApp.start();
  const alice = await app.join(await app.agent('alice'));
  const task = await app.task('alice');
  const body = { task_id: task.id, minutes: 1400, message_id: 'm1' };
  await alice.say('snooze', body);
  await alice.hear('reply', (r) => r.ok);
  await app.clock.pause(23 * HOUR);
  await alice.say('snooze', { ...body, minutes: 5 });
  expect(alice.on('reply').map((m) => m.body)).toEqual([alice.on('reply')[0]?.body, alice.on('reply')[0]?.body]);
  expect(await app.events('assignment.snoozed')).toHaveLength(1);
  await app.clock.pause(HOUR + SECOND);
  await alice.say('snooze', { ...body, minutes: 5 });
  await app.clock.advance(0);
  expect(await app.events('assignment.snoozed')).toHaveLength(2);
});

it('published and delivered are kept with their times; nobody confirms at QoS 0', async () => {
  await using app = await TestApp.start();
  const [a, b] = [await app.agent('alice'), await app.agent('bob')];
  const alice = await app.join(a);
  const bob = await app.connect('bob', b.token);
  await bob.client.subscribeAsync('agents/bob/ping', { qos: 0 });
  const [one, two] = [await app.task('alice'), await app.task('bob')];
  await Promise.all([alice.hear('ping'), bob.hear('ping')]);
  await app.clock.advance(SECOND);
  expect(await app.assignment(one)).toMatchObject({ last_ping_delivered: expect.any(String) });
  expect((await app.assignment(two)).last_ping_delivered).toBeNull();
  expect(await app.sql('select published_at is not null as published, delivered_at is not null as delivered, answered_at from ping order by id')).toEqual([
    { published: 1, delivered: 1, answered_at: null },
    { published: 1, delivered: 0, answered_at: null },
  ]);
  await alice.say('ack');
  expect(await app.sql('select answered_at from ping order by id')).toEqual([{ answered_at: app.clock.now() }, { answered_at: null }]);
});

it('one silent agent among beating ones is no mass event, however short the interval', async () => {
  await using app = await TestApp.start();
  const agents = await Promise.all(['a1', 'a2', 'a3', 'a4', 'a5'].map((name) => app.agent(name)));
  const links = await Promise.all(agents.map((a) => app.join(a)));
  const others = async (): Promise<unknown> => Promise.all(links.slice(1).map((link) => link.beat({ interval_seconds: 1 })));
  await Promise.all(links.map((link) => link.beat({ interval_seconds: 1 })));
  await app.clock.advance(SECOND);
  // beats are written once a second: wherever between two writes the silence of the one ends
  for (let phase = 0; phase < SECOND; phase += 100) {
    await app.clock.advance(SECOND - 300);
    await links[0]?.beat({ interval_seconds: 1 });
    await app.clock.advance(300);
    for (let i = 0; i < 4; i += 1) {
      await others();
      await app.clock.advance(SECOND);
    }
    await others();
    await app.clock.advance(phase);
  }
  expect(await app.events('agent.stale')).toHaveLength(10);
  expect(await app.events('agent.mass_stale')).toEqual([]);
});
