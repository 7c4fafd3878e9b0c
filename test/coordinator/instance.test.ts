import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { uuidv7 } from 'uuidv7';
import { expect, it } from 'vitest';
import { openCoordinator, type RunningCoordinator } from '#coordinator/coordinator.ts';
import { LeaseHeld } from '#coordinator/lease.ts';
import type { Command, Request } from '#domain/command.ts';
import { startApp } from '#src/app.ts';
import { openStorage } from '#storage/open.ts';
import { TestApp } from '#test/support/app.ts';
import { ADMIN, temporaryDir, testConfig } from '#test/support/config.ts';
import { POLICY } from '#test/support/facts.ts';
import { ManualClock } from '#test/support/manual-clock.ts';

/** The product in a process of its own, ready. */
async function serve(dataDir: string): Promise<{ pid: number; kill: () => Promise<void> }> {
  const env = { ...process.env, DATA_DIR: dataDir, MQTT_PORT: '0', HTTP_PORT: '0', API_AUTH_TOKEN: ADMIN, LOG_LEVEL: 'silent' };
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', 'src/main.ts', 'serve'], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  let said = '';
  for await (const line of createInterface({ input: child.stdout })) {
    said = line;
    if (said.startsWith('ready')) break;
  }
  if (!said.startsWith('ready')) throw new Error(`serve ended before it was ready: ${await exited}`);
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await exited;
  };
  return { pid: child.pid ?? 0, kill };
}

it('a second coordinator is refused and names the first; after a crash of the first the next start succeeds', async () => {
  await using dir = await temporaryDir();
  const first = await serve(dir.path);
  try {
    const refused = await startApp(testConfig(dir.path, { LOG_LEVEL: 'silent' })).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(LeaseHeld);
    expect(String(refused)).toContain(`process ${first.pid} `);
  } finally {
    await first.kill();
  }
  await using app = await startApp(testConfig(dir.path, { LOG_LEVEL: 'silent' }));
  expect(app.listeners.map((l) => l.name)).toContain('mqtt');
});

async function coordinator(clock: ManualClock): Promise<RunningCoordinator & AsyncDisposable> {
  const owned = new AsyncDisposableStack();
  const dir = owned.use(await temporaryDir());
  const storage = owned.use(await openStorage({ database: testConfig(dir.path).database, dataDir: dir.path }));
  const silent = { info: () => {}, warn: () => {}, error: () => {} };
  const opened = await openCoordinator({
    policy: POLICY,
    clock,
    instance: uuidv7(),
    version: '0',
    adminToken: ADMIN,
    maxCommandsPerSecond: 0,
    mask: (text) => text,
    em: () => storage.em(),
    renewLease: async () => true,
    courier: { post: async () => ({ ok: true, answer: null }), close: () => {} },
    log: silent,
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
  await using c = await coordinator(new ManualClock());
  const outcomes = await Promise.all(Array.from({ length: 1000 }, (_, i) => c.submit(create(i))));
  expect(new Set(outcomes.map((o) => (o.refused === true ? null : o.task?.id))).size).toBe(1000);
  expect(c.gauges.commands).toBe(1000);
  expect(c.gauges.commits).toBeLessThanOrEqual(10);
});

it('the same message_id twice in one batch is one command', async () => {
  await using c = await coordinator(new ManualClock());
  const id = await register(c);
  const task = await c.submit({ ...create(1), command: { type: 'create_task', name: 'x', agent_name: 'alice' } });
  const ack = { type: 'ack', agent_id: id, message_id: 'm1' } as const;
  const [first, second] = await Promise.all([ack, ack].map((command) => c.submit({ ...create(1), command })));
  expect(task.refused).toBeUndefined();
  expect(first?.reply).toMatchObject({ ok: true, assignment: { version: 2 } });
  expect(second?.reply).toEqual(first?.reply);
});

it('what an earlier command of the batch ended does not hide that more is open', async () => {
  await using c = await coordinator(new ManualClock());
  const id = await register(c);
  for (let i = 0; i < 3; i += 1) await c.submit({ ...create(i), command: { type: 'create_task', name: 'x', agent_name: 'alice' } });
  const outcomes = await Promise.all(
    [{ type: 'complete', agent_id: id, task_id: 1 } as const, { type: 'ack', agent_id: id } as const].map((command) => c.submit({ ...create(1), command })),
  );
  expect(outcomes.map((o) => (o.refused === true ? o.code : 'ok'))).toEqual(['ok', 'ambiguous_task']);
});

it('more commands than can wait are turned away, and those that wait are not harmed', async () => {
  await using c = await coordinator(new ManualClock());
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
  await using c = await coordinator(new ManualClock());
  const taken = c.submit(create(1));
  const stopping = c.stop();
  await expect(c.submit(create(2))).rejects.toMatchObject({ code: 'not_ready' });
  expect(await taken).toMatchObject({ task: { name: 'task 1' } });
  await stopping;
  expect(c.readiness()).toMatchObject({ ready: false });
});

it('an old session that says goodbye after the new one is here changes nothing, and the retained heartbeat stays', async () => {
  await using app = await TestApp.start();
  const a = await app.agent('alice');
  const task = await app.task('alice');
  const alice = await app.join(a);
  await alice.beat({ session: 'one', interval_seconds: 600 });
  await alice.beat({ session: 'two', interval_seconds: 600 });
  await app.clock.advance(0);
  await alice.say('heartbeat', { status: 'offline', session: 'one' });
  await app.clock.advance(60_000);
  expect(await app.statusOf('alice')).toBe('busy');
  expect(await app.assignment(task)).toMatchObject({ agent_name: 'alice' });
  const admin = await app.connect('admin', ADMIN);
  await admin.client.subscribeAsync('agents/alice/heartbeat', { qos: 1 });
  expect((await admin.hear('heartbeat')).body).toMatchObject({ status: 'online', session: 'two' });
});

it('many agents silent at once are one event; the alert is retained until it is over', async () => {
  await using app = await TestApp.start();
  const links = await Promise.all(['a1', 'a2', 'a3', 'a4'].map(async (name) => app.join(await app.agent(name))));
  const tasks = [await app.task('a1'), await app.task('a2')];
  await Promise.all(links.map((link) => link.beat()));
  await app.clock.advance(91_000);
  const admin = await app.connect('admin', ADMIN);
  await admin.client.subscribeAsync('coordinator/alerts/#', { qos: 1 });
  expect(await admin.hear('alerts/mass-stale')).toMatchObject({ retain: true, body: { reason: 'mass_stale' } });
  expect(await app.events('assignment.escalated')).toEqual([]);
  await links[0]?.beat({ session: 's2', interval_seconds: 600 });
  await app.clock.advance(121_000);
  expect([(await app.assignment(tasks[0] ?? { id: 0 })).agent_name, (await app.assignment(tasks[1] ?? { id: 0 })).agent_name]).toEqual(['a1', 'Ruto']);
  await admin.hear('alerts/mass-stale', (alert) => alert === null);
  expect(await app.events('agent.mass_stale')).toHaveLength(1);
});
