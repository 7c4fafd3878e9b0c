import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryDir } from '#test/support/config.ts';
import { until } from '#test/support/until.ts';
import { type Spawned, serve, start } from './spawned.ts';

const idsOf = (watch: Spawned): number[] =>
  watch.stdout
    .split('\n')
    .filter((line) => line.endsWith('}'))
    .map((line): number => JSON.parse(line).id);
const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1);

test('watch goes on after the server was restarted: nothing is left out, nothing comes twice', { timeout: 60_000 }, async () => {
  await using dir = await temporaryDir();
  let server = serve(dir.path);
  try {
    const port = String(await server.port('http'));
    const flags = ['--http-port', port, '--data-dir', join(dir.path, 'data')];
    const task = async (name: string) => expect((await start(['task', 'add', name, '--no-ping', ...flags], dir.path).ended).code).toBe(0);
    await using watch = start(['watch', '--json', '--after', '0', ...flags], dir.path);
    await task('before');
    await until('the first task', () => watch.stdout.includes('before'));
    server.child.kill('SIGTERM');
    expect((await server.ended).code).toBe(0);
    await until('the loss', () => watch.stderr.includes('connection was lost'));
    server = serve(dir.path, ['--http-port', port]);
    await server.port('http');
    await task('after');
    await until('the second task', () => watch.stdout.includes('"after"'), 20_000);
    watch.child.kill('SIGINT');
    expect((await watch.ended).code).toBe(0);
    const ids = idsOf(watch);
    expect(ids).toEqual(upTo(ids.length));
  } finally {
    await server[Symbol.asyncDispose]();
  }
});

test('behind a proxy that lets no WebSocket through, watch asks again and again instead', { timeout: 60_000 }, async () => {
  await using dir = await temporaryDir();
  await using server = serve(dir.path);
  const port = await server.port('http');
  let refused = 0;
  const proxy = createServer((incoming, answer) => {
    const asked = request({ port, method: incoming.method, path: incoming.url, headers: { ...incoming.headers, host: `127.0.0.1:${port}` } }, (got) => {
      answer.writeHead(got.statusCode ?? 502, got.headers);
      got.pipe(answer);
    });
    incoming.pipe(asked);
  }).on('upgrade', (_request, socket) => {
    refused += 1;
    socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  try {
    const data = join(dir.path, 'data');
    const watch = start(['watch', '--json', '--after', '0', '--http-port', String((proxy.address() as AddressInfo).port), '--data-dir', data], dir.path);
    await until('the beginning', () => watch.stdout.includes('agent.registered'));
    await start(['task', 'add', 'polled', '--no-ping', '--http-port', String(port), '--data-dir', data], dir.path).ended;
    await until('the task', () => watch.stdout.includes('polled'));
    watch.child.kill('SIGINT');
    expect([(await watch.ended).code, refused]).toEqual([0, 1]);
    expect(idsOf(watch)).toEqual(upTo(idsOf(watch).length));
  } finally {
    proxy.closeAllConnections();
    proxy.close();
  }
});
