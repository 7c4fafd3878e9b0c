import { uuidv7 } from 'uuidv7';
import { expect, it } from 'vitest';
import { openCoordinator, type RunningCoordinator } from '#coordinator/coordinator.ts';
import type { Command, Request } from '#domain/command.ts';
import { openStorage } from '#storage/open.ts';
import { ADMIN, temporaryDir, testConfig } from '#test/support/config.ts';
import { POLICY } from '#test/support/facts.ts';
import { ManualClock } from '#test/support/manual-clock.ts';

/** Without edges, on a database of its own and a clock that stands still. */
async function coordinator(): Promise<RunningCoordinator & AsyncDisposable> {
  const owned = new AsyncDisposableStack();
  const dir = owned.use(await temporaryDir());
  const storage = owned.use(await openStorage({ database: testConfig(dir.path).database, dataDir: dir.path }));
  const opened = await openCoordinator({
    policy: POLICY,
    clock: new ManualClock(),
    instance: uuidv7(),
    version: '0',
    adminToken: ADMIN,
    maxCommandsPerSecond: 0,
    mask: (text) => text,
    em: () => storage.em(),
    renewLease: async () => true,
    courier: { post: async () => ({ ok: true, answer: null }), close: () => {} },
    log: { warn: () => {}, error: () => {} },
  });
  return Object.assign(opened, { [Symbol.asyncDispose]: () => owned.disposeAsync() });
}
const create = (i: number): Request => ({ command: { type: 'create_task', name: `task ${i}` }, principal: { kind: 'admin' }, channel: 'rest' });

/** alice; gives her id. */
async function register(c: RunningCoordinator): Promise<number> {
  const command = {
    type: 'register_agent',
    name: 'alice',
    agent_type: 'sub_agent',
    capabilities: [],
    endpoint_url: null,
    max_concurrent: 1,
    token_hash: 'x',
    webhook_secret: 'x',
  } satisfies Command;
  const done = await c.submit({ ...create(0), command });
  return done.refused === true ? 0 : (done.agent?.id ?? 0);
}

it('commands of one turn share few commits, and each is answered for itself', async () => {
  await using c = await coordinator();
  const outcomes = await Promise.all(Array.from({ length: 1000 }, (_, i) => c.submit(create(i))));
  expect(new Set(outcomes.map((o) => (o.refused === true ? null : o.task?.id))).size).toBe(1000);
  expect(c.gauges.commands).toBe(1000);
  expect(c.gauges.commits).toBeLessThanOrEqual(10);
});

it('the same message_id twice in one batch is one command', async () => {
  await using c = await coordinator();
  const id = await register(c);
  const task = await c.submit({ ...create(1), command: { type: 'create_task', name: 'x', agent_name: 'alice' } });
  const ack = { type: 'ack', agent_id: id, message_id: 'm1' } as const;
  const [first, second] = await Promise.all([ack, ack].map((command) => c.submit({ ...create(1), command })));
  expect(task.refused).toBeUndefined();
  expect(first?.reply).toMatchObject({ ok: true, assignment: { version: 2 } });
  expect(second?.reply).toEqual(first?.reply);
});

it('what an earlier command of the batch ended does not hide that more is open', async () => {
  await using c = await coordinator();
  const id = await register(c);
  for (let i = 0; i < 3; i += 1) await c.submit({ ...create(i), command: { type: 'create_task', name: 'x', agent_name: 'alice' } });
  const outcomes = await Promise.all(
    [{ type: 'complete', agent_id: id, task_id: 1 } as const, { type: 'ack', agent_id: id } as const].map((command) => c.submit({ ...create(1), command })),
  );
  expect(outcomes.map((o) => (o.refused === true ? o.code : 'ok'))).toEqual(['ok', 'ambiguous_task']);
});

it('more commands than can wait are turned away, and those that wait are not harmed', async () => {
  await using c = await coordinator();
  const id = await register(c);
  const asked = Array.from({ length: 20_100 }, () =>
    c.submit({ command: { type: 'update_agent', agent_id: id, max_concurrent: 2 }, principal: { kind: 'admin' }, channel: 'rest' }).then(
      () => 'done',
      (error: { code: string }) => error.code,
    ),
  );
  const counts = Object.groupBy(await Promise.all(asked), (outcome) => outcome);
  expect([counts['done']?.length, counts['not_ready']?.length]).toEqual([20_000, 100]);
});

it('while it stops, what was taken is committed and what comes is turned away', async () => {
  await using c = await coordinator();
  const taken = c.submit(create(1));
  const stopping = c.stop();
  await expect(c.submit(create(2))).rejects.toMatchObject({ code: 'not_ready' });
  expect(await taken).toMatchObject({ task: { name: 'task 1' } });
  await stopping;
  expect(c.readiness()).toMatchObject({ ready: false });
});
