import { readFile, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join, resolve } from 'node:path';
import mqtt from 'mqtt';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { temporaryDir } from '#test/support/config.ts';
import { Spawned, serve, start } from './spawned.ts';

let dir: Awaited<ReturnType<typeof temporaryDir>>;
beforeEach(async () => {
  dir = await temporaryDir();
});
afterEach(() => dir[Symbol.asyncDispose]());

test('prints a line per listener with the real port, then a ready line; logs go elsewhere', async () => {
  await using server = serve(dir.path, ['--log-level', 'debug']);
  const port = await server.port('http');
  const lines = server.stdout.trim().split('\n');
  expect(
    lines
      .slice(0, -1)
      .map((line) => line.split(' ')[0])
      .toSorted(),
  ).toEqual(['http', 'mqtt']);
  expect(lines.at(-1)).toMatch(/^ready in \d+\.\d s · data in .*\/data · admin token in .*\/data\/admin-token$/);
  expect((await fetch(`http://127.0.0.1:${port}/livez`)).status).toBe(200);
});

test('is what happens without a command; --json for machines', async () => {
  await using server = start(['--http-port=0', '--MQTT_PORT=0', '--json', '--log-level', 'error'], dir.path);
  await new Promise<void>((done) => server.child.stdout?.on('data', () => server.stdout.includes('"ready"') && done()));
  const lines = server.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(
    lines
      .map(({ listener }) => listener)
      .filter(Boolean)
      .toSorted(),
  ).toEqual(['http', 'mqtt']);
  expect(lines.at(-1)).toMatchObject({ ready: true, data_dir: join(dir.path, 'data') });
});

test.each(['SIGTERM', 'SIGINT'] as const)('%s ends it in order: status offline, exit 0, well within 10 s', async (signal) => {
  await using server = serve(dir.path);
  const port = await server.port('mqtt');
  const token = (await readFile(join(dir.path, 'data', 'admin-token'), 'utf8')).trim();
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, { username: 'admin', password: token, reconnectPeriod: 0 });
  const states: string[] = [];
  client.on('message', (_, payload) => states.push(JSON.parse(String(payload)).state));
  await client.subscribeAsync('coordinator/status', { qos: 1 });
  const began = performance.now();
  server.child.kill(signal);
  const { code, stderr } = await server.ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(performance.now() - began).toBeLessThan(9_000);
  expect(states).toEqual(['online', 'offline']);
  await client.endAsync(true);
});

test('a signal to the `npm start` above it ends it as well', async () => {
  await using npm = new Spawned(
    'npm',
    ['start', '--silent', '--', '--http-port', '0', '--mqtt-port', '0', '--data-dir', dir.path, '--log-level', 'error'],
    resolve(import.meta.dirname, '../..'),
    { HOME: dir.path },
  );
  const port = await npm.port('http');
  npm.child.kill('SIGTERM');
  expect((await npm.ended).code).toBe(0);
  await expect(fetch(`http://127.0.0.1:${port}/livez`)).rejects.toThrow();
});

test('a second signal ends it at once, with 1', async () => {
  await using server = serve(dir.path);
  await server.port('http');
  server.child.kill('SIGTERM');
  server.child.kill('SIGINT');
  expect((await server.ended).code).toBe(1);
});

test.each(['--http-port', '--mqtt-port'])('a port in use is named on one line with %s, exit 1, and the data directory is free again', async (flag) => {
  const other = createServer();
  await new Promise<void>((done) => other.listen(0, '127.0.0.1', done));
  const { port } = other.address() as AddressInfo; // it listens on TCP
  const { code, stdout, stderr } = await serve(dir.path, [flag, String(port)]).ended;
  other.close();
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr.trim().split('\n')).toHaveLength(1);
  expect(stderr).toContain(`127.0.0.1:${port} is in use by another program: choose another with ${flag} (`);
  await using again = serve(dir.path);
  await again.port('http');
});

test('a second coordinator on the same data is refused with the first one’s process id, and disturbs nothing', async () => {
  await using first = serve(dir.path);
  const port = await first.port('http');
  const { code, stdout, stderr } = await serve(dir.path).ended;
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr.trim().split('\n')).toHaveLength(1);
  expect(stderr).toContain(String(first.child.pid));
  expect((await fetch(`http://127.0.0.1:${port}/livez`)).status).toBe(200);
  const down = await start(['migrate', 'down', '--data-dir', join(dir.path, 'data')], dir.path).ended;
  expect(down.code).toBe(1);
  expect(down.stderr).toContain(String(first.child.pid));
});

test('a file that is no database stops it with one line, and stays as it is', async () => {
  const file = join(dir.path, 'notes.sqlite');
  await writeFile(file, 'my notes\n');
  const { code, stderr } = await serve(dir.path, ['--database-url', file]).ended;
  expect(code).toBe(1);
  expect(stderr.trim().split('\n')).toHaveLength(1);
  expect(stderr).toContain(file);
  expect(await readFile(file, 'utf8')).toBe('my notes\n');
});
