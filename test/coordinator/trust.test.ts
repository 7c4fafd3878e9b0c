import { expect, it } from 'vitest';
import type { Notification } from '#schemas/resources.ts';
import { TestApp } from '#test/support/app.ts';
import { ADMIN } from '#test/support/config.ts';
import { MINUTE, SECOND } from '#test/support/facts.ts';

const TOKEN = `psa_${'A'.repeat(43)}`;

/** Every field that any command has, as an agent might send it along. */
const INTRUDERS = [
  { type: 'delete_task' },
  { type: 'create_task', name: 'smuggled' },
  { type: 'update_agent', is_active: false },
  { type: 'renew_token', token_hash: 'x'.repeat(43) },
  { type: 'resolve_task' },
  { type: 'comment_task', content: 'smuggled' },
  { refused: true },
];

it('no unknown field of a payload names another agent or another command', async () => {
  await using app = await TestApp.start();
  const bob = await app.agent('bob', { max_concurrent: 9 });
  const his = await app.task('bob');
  const alice = await app.join(await app.agent('alice', { max_concurrent: 9 }));
  const hers = await app.task('alice');
  for (const leaf of ['ack', 'snooze', 'complete', 'fail']) {
    for (const [i, intruder] of INTRUDERS.entries()) {
      const message_id = `${leaf} ${i}`;
      await alice.say(leaf, { task_id: his.id, ...intruder, agent_id: bob.id, message_id });
      expect((await alice.hear('reply', (r) => r.message_id === message_id)).body).toMatchObject({
        ok: false,
        command: leaf,
        error: { code: 'no_open_assignment' },
      });
    }
  }
  expect(await app.assignment(his)).toMatchObject({ agent_name: 'bob', status: 'pending' });
  expect(await app.assignment(hers)).toMatchObject({ agent_name: 'alice', status: 'pending' });
  expect(await app.events('agent.deactivated,agent.token_renewed,task.deleted,task.commented,task.resolved')).toEqual([]);
});

it('tokens are masked before they are kept', async () => {
  await using app = await TestApp.start();
  const alice = await app.join(await app.agent('alice'));
  await app.call('POST', '/tasks', { name: `use ${TOKEN}`, description: ADMIN, agent_name: 'alice' });
  await alice.say('ack', { note: `mine is ${TOKEN}, theirs ${ADMIN}`, message_id: 'a1' });
  await alice.hear('reply', (r) => r.message_id === 'a1');
  await alice.say('ack', { task_id: `${'x'.repeat(990)}${TOKEN}` }); // refused, and its excerpt is cut within the token
  await alice.say('complete', { result: { [TOKEN]: [TOKEN, { deep: ADMIN }] }, message_id: 'c1' });
  await alice.hear('reply', (r) => r.message_id === 'c1');
  for (const path of ['/events?limit=200', '/tasks', '/tasks/1', '/tasks/1/comments', '/tasks/1/assignments']) {
    const text = JSON.stringify((await app.call('GET', path)).body);
    expect(text).not.toContain(TOKEN.slice(0, 20));
    expect(text).not.toContain(ADMIN);
  }
  expect((await app.call('POST', '/agents', { name: TOKEN })).status).toBe(400);
  const refused = await app.call('POST', '/tasks', { name: 'n', agent_name: TOKEN });
  expect([refused.status, JSON.stringify(refused.body).includes(TOKEN)]).toEqual([404, false]);
  const login = await app.fetch('POST', '/session', { token: ADMIN }, { 'user-agent': `curl ${ADMIN}` });
  expect([login.status, (await login.text()).includes(ADMIN)]).toEqual([201, false]);
});

it('a filter that is mistyped selects nothing', async () => {
  await using app = await TestApp.start();
  const task = await app.task();
  expect((await app.call('POST', '/tasks/bulk', { action: 'cancel', filter: { assignee: 'nobody' } })).status).toBe(400);
  expect((await app.taskNow(task)).status).toBe('todo');
});

it('an empty PATCH changes nothing: neither the revision nor the trail', async () => {
  await using app = await TestApp.start();
  const task = await app.task();
  const tag = async (): Promise<string | null> => (await app.fetch('GET', `/tasks/${task.id}`)).headers.get('etag');
  const before = await tag();
  for (const body of [{}, { priority: 0 }, { status: 'todo', is_ping_enabled: true }])
    expect((await app.call('PATCH', `/tasks/${task.id}`, body)).status).toBe(200);
  expect(await tag()).toBe(before);
  expect(await app.events('task.updated')).toEqual([]);
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

it('two blockers turned round at once: the second sees the cycle', async () => {
  await using app = await TestApp.start();
  for (let i = 0; i < 5; i += 1) {
    const [x, y] = [await app.task(undefined, { is_ping_enabled: false }), await app.task(undefined, { is_ping_enabled: false })];
    const answers = await Promise.all([
      app.call('PATCH', `/tasks/${x.id}`, { blocked_by: [y.id] }),
      app.call('PATCH', `/tasks/${y.id}`, { blocked_by: [x.id] }),
    ]);
    expect(answers.map((answer) => answer.status).sort()).toEqual([200, 409]);
  }
});

it('a deactivated holder hears its withdrawal before its connection ends', async () => {
  await using app = await TestApp.start();
  const a = await app.agent('alice');
  const alice = await app.join(a);
  await app.task('alice');
  const gone = app.call('DELETE', `/agents/${a.id}`);
  await alice.hear('reply', (r) => r.command === 'withdraw' && r.assignment?.failure_reason === 'deactivated');
  expect((await gone).status).toBe(200);
});

it('a new task does not overtake the queue', async () => {
  await using app = await TestApp.start();
  const a = await app.agent('alice', { capabilities: ['one'] });
  const held = await app.task('alice');
  const high = await app.task(undefined, { required_capabilities: ['one'], priority: 10 });
  await Promise.all([
    app.call('POST', `/agents/${a.id}/complete`, { task_id: held.id }),
    app.call('POST', '/tasks', { name: 'low', required_capabilities: ['one'] }),
  ]);
  await app.clock.advance(SECOND);
  expect(await app.assignment(high)).toMatchObject({ agent_name: 'alice', status: 'pending' });
});

it('auto-assignment on request queues what it says it queues, and respects blockers', async () => {
  await using app = await TestApp.start();
  const a = await app.agent('alice', { capabilities: ['one'] });
  const held = await app.task('alice');
  const quiet = await app.task(undefined, { required_capabilities: ['one'], is_ping_enabled: false });
  const blocked = await app.task(undefined, { required_capabilities: ['one'], is_ping_enabled: false, blocked_by: [quiet.id] });
  expect((await app.call('POST', `/tasks/${quiet.id}/assign`, {})).body).toMatchObject({ agent: null, message: expect.stringContaining('queued') });
  expect((await app.call('POST', `/tasks/${blocked.id}/assign`, {})).body).toMatchObject({
    agent: null,
    message: expect.stringContaining(`waits for task ${quiet.id}`),
  });
  await app.call('POST', `/agents/${a.id}/complete`, { task_id: held.id });
  await app.clock.advance(SECOND);
  expect(await app.assignment(quiet)).toMatchObject({ agent_name: 'alice', status: 'pending' });
});

it('people get one digest of waiting tasks, brought up to date', async () => {
  await using app = await TestApp.start({ MAX_WAIT_MINUTES: '10' });
  await app.agent('alice', { capabilities: ['one'], timeout_minutes: 600 });
  await app.task('alice', { ping_interval_minutes: 600 });
  for (let i = 0; i < 4; i += 1) {
    await app.task(undefined, { required_capabilities: ['one'] });
    await app.clock.advance(MINUTE);
  }
  await app.clock.advance(9 * MINUTE);
  const { items } = (await app.call<{ items: Notification[] }>('GET', '/notifications')).body;
  expect(items.map((n) => n.title)).toEqual(['4 tasks are waiting for a free agent']);
});

it('a snooze ends with a deadline that was moved before it; a parked task escalates along its chain as it is now', async () => {
  await using app = await TestApp.start();
  const a = await app.agent('alice');
  const task = await app.task('alice', { escalation_chain: ['alice'] });
  await app.call('POST', `/agents/${a.id}/snooze`, { task_id: task.id, minutes: 60 });
  const deadline = new Date(app.clock.now() + 5 * MINUTE).toISOString();
  await app.call('PATCH', `/tasks/${task.id}`, { deadline });
  expect((await app.assignment(task)).snooze_until).toBe(deadline);
  await app.call('POST', `/agents/${a.id}/fail`, { task_id: task.id });
  await app.agent('bob');
  await app.call('PATCH', `/tasks/${task.id}`, { escalation_chain: ['bob'] });
  expect(await app.assignment(task)).toMatchObject({ agent_name: 'bob', escalation_count: 1 });
});
