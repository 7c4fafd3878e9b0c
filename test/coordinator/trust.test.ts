import { expect, it } from 'vitest';
import { TestApp } from '#test/support/app.ts';

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

it('a filter that is mistyped selects nothing', async () => {
  await using app = await TestApp.start();
  const task = await app.task();
  expect((await app.call('POST', '/tasks/bulk', { action: 'cancel', filter: { assignee: 'nobody' } })).status).toBe(400);
  expect((await app.taskNow(task)).status).toBe('todo');
});
