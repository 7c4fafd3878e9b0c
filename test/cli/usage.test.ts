import { afterAll, beforeAll, expect, test } from 'vitest';
import { temporaryDir } from '#test/support/config.ts';
import { type Ended, start } from './spawned.ts';

let dir: Awaited<ReturnType<typeof temporaryDir>>;
beforeAll(async () => {
  dir = await temporaryDir();
});
afterAll(() => dir[Symbol.asyncDispose]());

const ping = (...args: string[]): Promise<Ended> => start(args, dir.path).ended;

const VERBS = [
  'serve',
  'demo',
  'agent add',
  'agent list',
  'agent show',
  'agent token',
  'agent remove',
  'task add',
  'task list',
  'task show',
  'task why',
  'task assign',
  'task cancel',
  'ack',
  'snooze',
  'complete',
  'fail',
  'watch',
  'events',
  'migrate up',
  'migrate down',
  'migrate status',
  'completion',
];

test.each(VERBS)('%s --help explains itself, with examples', async (verb) => {
  const { code, stdout, stderr } = await ping(...verb.split(' '), '--help');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain(`Usage: ping-system ${verb}`);
  expect(stdout).toContain('--json');
  expect(stdout).toContain(`Examples:\n  $ ping-system ${verb}`);
});

test('--help lists every command and only those that are there', async () => {
  const { code, stdout } = await ping('--help');
  expect(code).toBe(0);
  const listed = [...stdout.slice(stdout.indexOf('Commands:'), stdout.indexOf('Examples:')).matchAll(/^ {2}([a-z]+)/gm)].map(([, name]) => name);
  expect(listed).toEqual([...new Set(VERBS.map((verb) => verb.split(' ')[0])), 'help']);
});

test('--version', async () => {
  expect(await ping('--version')).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
});

test.each([
  [['frobnicate'], /unknown command 'frobnicate'/],
  [['--frobnicate'], /unknown option '--frobnicate'/],
  [['agent', 'ad'], /unknown command 'ad' \(?.*Did you mean add/],
  [['agent', 'add'], /missing required argument 'name'/],
  [['agent', 'add', 'a', 'b'], /too many arguments/],
  [['agent', 'add', 'a', '--max-concurrent', 'two'], /whole number/],
  [['task', 'show', 'one'], /a task has a number/],
  [['task', 'show', '0'], /a task has a number/],
  [['agent', 'add', 'a', '--max-concurrent', '0'], /'--max-concurrent <number>' argument '0' is invalid\. It must be >= 1/],
  [['agent', 'add', 'bad name'], /'bad name' is invalid .*Letters, digits/],
  [['agent', 'add', 'a', '--timeout-minutes', '0.001'], /--timeout-minutes.*must be >= 0\.005/],
  [['agent', 'add', 'a', '--endpoint-url', 'here'], /--endpoint-url/],
  [['agent', 'list', '--status', 'foo'], /--status.*Allowed choices are idle, busy/],
  [['task', 'list', '--sort', 'foo'], /--sort.*Allowed choices are created_at/],
  [['task', 'list', '--needs-attention', 'foo'], /--needs-attention.*Allowed choices are/],
  [['task', 'add', ' '], /not only spaces/],
  [['task', 'add', 'a', '--priority', '1e9'], /--priority.*whole number/],
  [['task', 'add', 'a', '--priority', '9999999'], /--priority.*must be <= 1000000/],
  [['task', 'add', 'a', '--blocked-by', '1,x'], /--blocked-by.*a task has a number/],
  [['task', 'add', 'a', '--deadline', 'tomorrow'], /--deadline.*not a time/],
  [['ack', '--agent', 'a', '--busy-until', 'yesterday'], /--busy-until.*not a time/],
  [['events', '--limit', '0'], /--limit.*from 1 on/],
  [['watch', '--after', '-1'], /--after.*from 0 on/],
  [['ack'], /required option '--agent <name>'/],
  [['snooze', '--agent', 'a', '--minutes', '-1'], /a number above 0/],
  [['ack', '--agent', 'a', '--progress', '2'], /from 0 to 1/],
  [['serve', 'now'], /too many arguments/],
  [['--http-port'], /--http-port needs a value/],
])('%j is a matter of usage: exit 2, one line', async (args, line) => {
  const { code, stdout, stderr } = await ping(...args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(line);
  expect(stderr.trim().split('\n')).toHaveLength(1);
});

test('a group without a verb shows its help, and is a matter of usage', async () => {
  const { code, stderr } = await ping('task');
  expect(code).toBe(2);
  expect(stderr).toContain('Usage: ping-system task');
});

test('where no server runs, the address is named and what must run', async () => {
  const { code, stdout, stderr } = await ping('task', 'list', '--http-port', '9', '--json');
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(JSON.parse(stderr)).toEqual({
    type: 'urn:ping-system:problem:unreachable',
    title: 'The server cannot be reached',
    code: 'unreachable',
    detail: expect.stringMatching(/http:\/\/127\.0\.0\.1:9 \(.*ping-system serve/),
  });
});

test.each([
  [['--http-port', 'abc'], 'HTTP_PORT=abc is not allowed: a port from 0 to 65535 (0 takes a free one)'],
  [['--mqtt-url', 'mqtt://broker:1883'], 'MQTT_URL is set, and external brokers are not supported yet'],
  [['--database-url', 'postgresql://u:secret@h/d'], 'DATABASE_URL names PostgreSQL, which is not supported yet'],
])('serve %j stops with one line, exit 1', async (args, line) => {
  const { code, stdout, stderr } = await ping(...args);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toContain(line);
  expect(stderr).not.toContain('secret');
  expect(stderr.trim().split('\n')).toHaveLength(1);
});

// a process for each step, and a step for each migration
test('migrate up, status and down, one at a time to the very beginning', async () => {
  const status = async (): Promise<{ executed: string[]; pending: string[] }> => JSON.parse((await ping('migrate', 'status', '--json')).stdout);
  const { executed, pending } = await status();
  expect(executed).toEqual([]);
  expect(pending.length).toBeGreaterThan(0);
  expect((await ping('migrate', 'status')).stdout).toMatch(/ pending\n\nRun them: ping-system migrate up\n$/);
  expect((await ping('migrate', 'up')).stdout).toBe(`Done: ${pending.join(', ')}\n`);
  expect((await ping('migrate', 'up')).stdout).toMatch(/^Nothing to do/);
  expect(await status()).toEqual({ executed: pending, pending: [] });
  for (const name of pending.toReversed()) expect(JSON.parse((await ping('migrate', 'down', '--json')).stdout)).toEqual({ migrations: [name] });
  expect((await ping('migrate', 'down')).stdout).toMatch(/^Nothing to take back/);
  expect(await status()).toEqual({ executed: [], pending });
}, 90_000);
