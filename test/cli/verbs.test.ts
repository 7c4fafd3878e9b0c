import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectAgent } from '#client/client.ts';
import { temporaryDir } from '#test/support/config.ts';
import { until } from '#test/support/until.ts';
import { type Ended, type Spawned, serve, start } from './spawned.ts';

let dir: Awaited<ReturnType<typeof temporaryDir>>;
let server: Spawned;
let port: number;
let mqttPort: number;
beforeAll(async () => {
  dir = await temporaryDir();
  server = serve(dir.path, ['--offline-grace-seconds', '3600']); // alice's connection is closed early on; that she is gone then is not what is looked at here
  port = await server.port('http');
  mqttPort = await server.port('mqtt');
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await dir[Symbol.asyncDispose]();
});

const ping = (...args: string[]): Promise<Ended> =>
  start([...args, '--http-port', String(port), '--mqtt-port', String(mqttPort)], dir.path, { DATA_DIR: join(dir.path, 'data') }).ended;

/** One JSON document on stdout, nothing on stderr. */
async function json<T = Record<string, unknown>>(...args: string[]): Promise<T> {
  const { code, stdout, stderr } = await ping(...args, '--json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout.trim().split('\n')).toHaveLength(1);
  return JSON.parse(stdout);
}
async function text(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await ping(...args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
}
/** Exit code 1, nothing on stdout, one line on stderr. */
async function refused(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await ping(...args);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr.trim().split('\n')).toHaveLength(1);
  return stderr.trim();
}

test('the first look: empty states say what to do next, and the admin token was made for us alone', async () => {
  expect(await text('agent', 'list')).toMatch(/^ID +NAME .*\n1 +Ruto +main .*\n\nOnly main agents so far\. Add a sub-agent: ping-system agent add alice\n$/s);
  expect(await text('task', 'list')).toBe('No tasks yet. Add one: ping-system task add "Write the report"\n');
  expect(await json('task', 'list')).toEqual({ items: [], next_cursor: null });
  expect((await stat(join(dir.path, 'data', 'admin-token'))).mode & 0o777).toBe(0o600);
});

describe('agent', () => {
  test('add prints the token, and the line that connects with it', async () => {
    const out = await text(
      'agent',
      'add',
      'alice',
      '--capability',
      'typescript,sql',
      '--capability',
      'prose',
      '--max-concurrent',
      '2',
      '--timeout-minutes',
      '0.5',
    );
    const token = /psa_[A-Za-z0-9_-]{43}/.exec(out)?.[0] ?? '';
    expect(out).toContain(`mosquitto_sub -h 127.0.0.1 -p ${mqttPort} -q 1 -u alice -P ${token} -t 'agents/alice/#'`);
    await using client = await connectAgent({ url: `mqtt://127.0.0.1:${mqttPort}`, name: 'alice', token });
    expect(client.connected).toBe(true);
    expect(await json('agent', 'show', 'ALICE')).toMatchObject({
      name: 'alice',
      capabilities: ['typescript', 'sql', 'prose'],
      max_concurrent: 2,
      timeout_minutes: 0.5,
      type: 'sub_agent',
    });
    expect(await text('agent', 'show', 'alice')).toMatch(/^name +alice$/m);
    expect(await text('agent', 'show', 'alice')).toMatch(/^token +[0-9a-f]{12}$/m);
  });

  test('a second of that name is refused, with the code and a way on', async () => {
    expect(await refused('agent', 'add', 'Alice')).toMatch(/^ping-system: refused: .*\(agent_exists\) — choose another name/);
  });

  test('with an endpoint its secret is shown, too; the broker is where the server says, whatever port this command would have taken', async () => {
    const elsewhere = { DATA_DIR: join(dir.path, 'data'), MQTT_PORT: '9' };
    const add = async (...args: string[]): Promise<string> =>
      (await start(['agent', 'add', ...args, '--http-port', String(port)], dir.path, elsewhere).ended).stdout;
    const hooked = await add('robo', '--endpoint-url', 'https://robo.example/hooks');
    expect(hooked).toMatch(/^Webhook secret \(verifies the signature; shown this once\): {2}whsec_\S+$/m);
    expect(hooked).toContain(`-h 127.0.0.1 -p ${mqttPort} `);
    expect(await add('plain')).not.toContain('whsec_');
  });

  test('add, list, token and remove for machines', async () => {
    const made = await json('agent', 'add', 'temp', '--main');
    expect(made).toMatchObject({ name: 'temp', type: 'main_agent', token: expect.stringMatching(/^psa_/), webhook_secret: expect.any(String) });
    const { token } = await json('agent', 'token', 'temp');
    expect(token).toMatch(/^psa_/);
    expect(token).not.toBe(made['token']);
    const names = async (...more: string[]): Promise<unknown[]> =>
      (await json<{ items: { name: string }[] }>('agent', 'list', ...more)).items.map(({ name }) => name);
    expect(await names()).toEqual(expect.arrayContaining(['Ruto', 'alice', 'temp']));
    expect(await text('agent', 'remove', 'temp')).toMatch(/^Agent temp is deactivated/);
    expect(await names()).not.toContain('temp');
    expect(await names('--all')).toContain('temp');
  });

  test('Ruto stays', async () => {
    expect(await refused('agent', 'remove', 'Ruto')).toMatch(/\(conflict\)/);
  });

  test('a stranger is not found; for machines the line is JSON', async () => {
    expect(await refused('agent', 'show', 'nobody')).toMatch(/agent_not_found.*agent list/);
    const problem = JSON.parse(await refused('agent', 'show', 'nobody', '--json'));
    expect(problem).toEqual({
      type: 'urn:ping-system:problem:agent_not_found',
      title: 'No such agent',
      status: 404,
      code: 'agent_not_found',
      detail: 'There is no agent "nobody".',
    });
    expect(JSON.parse(await refused('task', 'show', '999', '--json'))).toMatchObject({
      type: expect.stringMatching(/:task_not_found$/),
      title: 'No such task',
      status: 404,
    });
  });
});

describe('a task, from beginning to end', () => {
  let id: string;

  test('is added and given', async () => {
    const made = await json<{ id: number }>(
      'task',
      'add',
      'Write the report',
      '--agent',
      'alice',
      '--priority',
      '-5',
      '--description',
      'Three pages',
      '--deadline',
      '2099-01-31T12:00:00+01:00',
      '--ping-interval-minutes',
      '0.5',
    );
    expect(made).toMatchObject({
      name: 'Write the report',
      priority: -5,
      description: 'Three pages',
      deadline: '2099-01-31T11:00:00.000Z',
      ping_interval_minutes: 0.5,
      status: 'todo',
    });
    id = String(made.id);
    expect(await text('task', 'add', 'Second', '--agent', 'alice', '--blocked-by', id, '--no-ping')).toMatch(/^Task 2 is added \(with alice\)\./);
  });

  test('is acknowledged, snoozed and completed over REST', async () => {
    expect(await refused('ack', '--agent', 'alice')).toMatch(/\(ambiguous_task\) — name the task with --task ID/);
    expect(await json('ack', '--agent', 'alice', '--task', id, '--note', 'on it', '--progress', '0.25')).toMatchObject({
      ok: true,
      command: 'ack',
      task_id: Number(id),
      assignment: { status: 'acknowledged' },
    });
    expect(await text('snooze', '--agent', 'alice', '--task', id, '--minutes', '15', '--reason', 'lunch')).toMatch(/^Task 1 snoozed.*; asked again at \d{4}-/);
    expect(await refused('snooze', '--agent', 'alice', '--task', id, '--minutes', '99999')).toMatch(/\(snooze_limit\)/);
    expect(await json('complete', '--agent', 'alice', '--task', id, '--result', '{"pages":3}')).toMatchObject({
      ok: true,
      assignment: { status: 'completed' },
    });
    expect(await json('task', 'show', id)).toMatchObject({
      id: Number(id),
      status: 'done',
      assignments: [{ agent_name: 'alice', status: 'completed', result: { pages: 3 } }],
      comments: [{ author: 'alice', content: 'on it' }],
    });
  });

  test('a failed one shows its way', async () => {
    await text('ack', '--agent', 'alice', '--task', '2');
    await text('fail', '--agent', 'alice', '--task', '2', '--reason', 'no access');
    const third = String((await json<{ id: number }>('task', 'add', 'Third', '--agent', 'alice')).id);
    await text('fail', '--agent', 'alice', '--task', third, '--reason', 'no access');
    await until(
      'the escalation',
      async () => (await json<{ assignments: { agent_name: string }[] }>('task', 'show', third)).assignments[0]?.agent_name === 'Ruto',
    );
    const shown = await text('task', 'show', third);
    expect(shown).toMatch(/^pinging +every \d+ min without an answer, or once midway where that leaves no time for one$/m);
    expect(shown).toMatch(/^holder +Ruto$/m);
    expect(shown).toMatch(/alice +failed \(reported\)/);
    expect(shown.indexOf('failed (reported)')).toBeLessThan(shown.lastIndexOf('Ruto'));
    expect(shown).toContain('Escalated from alice');
    expect(await json('task', 'why', third)).toBeTypeOf('object');
    expect((await text('task', 'why', third)).length).toBeGreaterThan(20);
    expect(await text('task', 'assign', third, 'alice')).toMatch(/alice/);
    expect(await json('task', 'assign', third, 'alice')).toMatchObject({ agent: { name: 'alice' }, assignment: { status: 'pending' } });
    expect(await text('task', 'cancel', third)).toBe(`Task ${third} is cancelled.\n`);
    expect(await refused('task', 'assign', third, 'alice')).toMatch(/\(task_closed\)/);
  });

  test('is found again', async () => {
    expect((await json<{ items: { status: string }[] }>('task', 'list', '--status', 'done')).items.map(({ status }) => status)).toEqual(['done']);
    expect(await text('task', 'list', '--status', 'done')).toMatch(/^ID +NAME +STATUS .*\n1 +Write the report +done /);
    expect(await text('task', 'list', '--q', 'no such words')).toMatch(/^No task matches/);
    expect(await refused('task', 'show', '999')).toMatch(/\(task_not_found\)/);
  });
});

test('watch tells events as they happen; --json one per line, until it is ended', async () => {
  const args = ['watch', '--http-port', String(port), '--data-dir', join(dir.path, 'data')];
  await using people = start(args, dir.path);
  await using machine = start([...args, '--json', '--after', '0'], dir.path);
  await until('the beginning', () => machine.stdout.includes('agent.registered') && people.stderr.includes('Watching'));
  // The trail's end is looked for before the first poll, so the new task is told also when it comes in between.
  await until('the new task', async () => {
    if (people.child.exitCode !== null) throw new Error(people.stderr);
    await ping('task', 'add', 'Seen by the watchers', '--no-ping');
    return people.stdout.includes('Seen by the watchers') && machine.stdout.includes('Seen by the watchers');
  });
  people.child.kill('SIGINT');
  machine.child.kill('SIGTERM');
  expect((await people.ended).code).toBe(0);
  const { code, stdout } = await machine.ended;
  expect(code).toBe(0);
  const ids = stdout
    .trim()
    .split('\n')
    .map((line): number => JSON.parse(line).id);
  expect(ids.length).toBeGreaterThan(10);
  expect(ids).toEqual([...new Set(ids)].toSorted((a, b) => a - b));
  expect(people.stdout).not.toContain('Write the report');
  expect(people.stdout).not.toContain('\u001b');
});

test('with a wrong token the server says no', async () => {
  expect((await start(['agent', 'list', '--http-port', String(port)], dir.path, { API_AUTH_TOKEN: 'not-the-token' }).ended).stderr).toMatch(
    /\(unauthorized\) — check API_AUTH_TOKEN/,
  );
});

test('without a token it says where one would be', async () => {
  const { code, stderr } = await start(['agent', 'list', '--http-port', String(port), '--data-dir', 'elsewhere'], dir.path).ended;
  expect(code).toBe(1);
  expect(stderr).toMatch(/no admin token: there is no .*elsewhere\/admin-token/);
});
