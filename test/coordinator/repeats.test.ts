import { expect, it } from 'vitest';
import type { Comment } from '#schemas/conversation.ts';
import { TestApp } from '#test/support/app.ts';
import { HOUR, SECOND } from '#test/support/facts.ts';

/** What is sent again changes nothing (contract §1.5). */

const TOKEN = `psa_${'A'.repeat(43)}`;

it('over REST, too: said again under another verb, it is told what was done, not what was asked', async () => {
  await using app = await TestApp.start();
  const { id } = await app.agent('alice', { max_concurrent: 2 });
  const [one, two] = [await app.task('alice'), await app.task('alice')];
  await app.ok('POST', `/agents/${id}/acknowledge`, { task_id: one.id, message_id: 'm' });
  const { body } = await app.call('POST', `/agents/${id}/complete`, { task_id: two.id, message_id: 'm' });
  expect(body).toMatchObject({ ok: true, command: 'ack', task_id: one.id, message: `Task ${one.id} acknowledged` });
});

it('what was refused once is not done at its repetition, though it would be allowed by then and was one of too many to be kept', async () => {
  await using app = await TestApp.start();
  const alice = await app.join(await app.agent('alice', { max_concurrent: 2 }));
  await app.agent('bob');
  const task = await app.task('bob');
  for (let i = 1; i <= 70; i += 1) await alice.say('ack', { task_id: task.id, message_id: `m${i}` });
  const { body: refused } = await alice.hear('reply', (r) => r.message_id === 'm70');
  expect(refused).toMatchObject({ ok: false, error: { code: 'no_open_assignment' } });
  expect(await app.events('message.refused')).toHaveLength(60);
  await app.ok('POST', `/tasks/${task.id}/assign`, { agent_name: 'alice' });
  for (const message_id of ['m1', 'm70']) await alice.say('ack', { task_id: task.id, message_id });
  const replies = (message_id: string) => alice.on('reply').filter(({ body }) => body.message_id === message_id);
  await alice.hear('reply', () => replies('m70').length === 2 && replies('m1').length === 2);
  expect(replies('m70').map(({ body }) => body)).toEqual([refused, refused]);
  expect(await app.assignment(task)).toMatchObject({ agent_name: 'alice', status: 'pending' });
  await alice.say('ack', { task_id: task.id, message_id: 'a new one' });
  expect(await app.assignment(task)).toMatchObject({ status: 'acknowledged' });
});

it('a late result is kept once, however often it is sent; another one is kept, too', async () => {
  await using app = await TestApp.start();
  const alice = await app.join(await app.agent('alice'));
  await app.agent('bob');
  const task = await app.task('alice');
  await app.ok('POST', `/tasks/${task.id}/assign`, { agent_name: 'bob' });
  const late = async () =>
    (await app.ok<{ items: Comment[] }>('GET', `/tasks/${task.id}/comments`)).items.filter(({ author }) => author === 'alice').map(({ content }) => content);
  const say = async (result: unknown, times: number): Promise<void> => {
    const answers = () => alice.on('reply').filter(({ body }) => body.command === 'complete');
    const before = answers().length;
    await Promise.all(Array.from({ length: times }, () => alice.say('complete', { task_id: task.id, result })));
    await alice.hear('reply', () => answers().length === before + times);
    expect(answers().at(-1)?.body).toMatchObject({ ok: false, error: { code: 'assignment_closed' }, instruction: 'stop_work' });
  };
  await say({ pages: 3 }, 3);
  await say(`with ${TOKEN}`, 1);
  await say(`with ${TOKEN}`, 2);
  await say({ pages: 4 }, 2);
  await say({ pages: 3 }, 1);
  expect(await late()).toEqual(['Late result from alice: {"pages":3}', 'Late result from alice: "with psa_***"', 'Late result from alice: {"pages":4}']);
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

it('a command that changed nothing is remembered by its message_id', async () => {
  await using app = await TestApp.start();
  const a = await app.agent('alice');
  const alice = await app.join(a);
  const task = await app.task('alice');
  for (const message_id of ['m1', 'm2']) {
    await alice.say('complete', { task_id: task.id, message_id });
    await alice.hear('reply', (r) => r.message_id === message_id && r.ok);
  }
  await app.call('PATCH', `/tasks/${task.id}`, { status: 'todo', is_ping_enabled: false });
  await app.call('POST', `/tasks/${task.id}/assign`, { agent_name: 'alice' });
  const again = await app.assignment(task);
  expect((await app.call('POST', `/agents/${a.id}/complete`, { task_id: task.id, message_id: 'm2' })).status).toBe(200);
  expect(await app.assignment(task)).toMatchObject({ id: again.id, status: 'pending' });
});

it('an ack that names a ping alone is about what that ping was about, also when that is answered or over', async () => {
  await using app = await TestApp.start();
  const alice = await app.join(await app.agent('alice', { max_concurrent: 3, timeout_minutes: 60 }));
  await app.agent('bob');
  const [one, two, three] = [await app.task('alice'), await app.task('alice'), await app.task('alice')];
  await alice.hear('ping', () => alice.on('ping').length === 3);
  const pingOf = (task: { id: number }) => alice.on('ping').find(({ body }) => body.task_id === task.id)?.body.ping_id;
  const ack = async (ping_id: unknown, n: number) => {
    await alice.say('ack', { ping_id, note: `note ${n}`, message_id: `m${n}` });
    return (await alice.hear('reply', (r) => r.message_id === `m${n}`)).body;
  };
  expect(await ack(pingOf(two), 1)).toMatchObject({ ok: true, task_id: two.id });
  expect(await ack(pingOf(two), 2)).toMatchObject({ ok: true, task_id: two.id });
  await app.ok('POST', `/tasks/${one.id}/assign`, { agent_name: 'bob' });
  const truth = expect.stringContaining('bob holds it now');
  const refused = { ok: false, task_id: one.id, error: { code: 'assignment_closed', detail: truth }, instruction: 'stop_work' };
  expect(await ack(pingOf(one), 3)).toMatchObject(refused);
  await alice.say('complete', { task_id: two.id });
  // What she holds alone now is not what she speaks of.
  expect(await ack(pingOf(one), 4)).toMatchObject(refused);
  expect(await app.assignment(three)).toMatchObject({ status: 'pending' });
  const { items } = await app.ok<{ items: Comment[] }>('GET', `/tasks/${three.id}/comments`);
  expect(items).toEqual([]);
  expect(await ack('never sent', 5)).toMatchObject({ ok: true, task_id: three.id });
});

it('a ping by hand during a snooze is not sent again when the agent comes back: the snooze holds', async () => {
  await using app = await TestApp.start();
  const agent = await app.agent('alice');
  const alice = await app.join(agent);
  const task = await app.task('alice');
  await alice.hear('ping');
  await alice.say('snooze', { minutes: 30 });
  await alice.hear('reply', (r) => r.command === 'snooze');
  await app.ok('POST', `/tasks/${task.id}/ping`);
  await alice.hear('ping', (ping) => ping.kind === 'manual');
  await alice.client.endAsync(true);
  await app.clock.advance(SECOND);
  const back = await app.join(agent);
  await back.say('ack', { task_id: 999, message_id: 'decided after what came with the subscription' });
  await back.hear('reply', (r) => r.ok === false);
  expect(back.on('ping')).toEqual([]);
  expect(await app.assignment(task)).toMatchObject({ status: 'snoozed', pings_sent: 2 });
});
