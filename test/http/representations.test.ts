import { request } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { taskRow } from '#test/support/rows.ts';
import { type HttpFixture, startHttp, TOKENS } from './fixture.ts';

let http: HttpFixture;
beforeAll(async () => {
  http = await startHttp();
  await http.write([{ op: 'insert', table: 'task', row: taskRow(60, { description: 'long '.repeat(1000) }) }]);
});
afterAll(() => http.close());

/** As it comes over the wire: fetch would decompress it. */
const raw = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
  new Promise<{ status: number; headers: Record<string, string | string[] | undefined>; body: Buffer }>((done, fail) => {
    request(http.url + path, { method, headers: { authorization: `Bearer ${TOKENS.admin}`, ...headers } }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => done({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }));
    })
      .on('error', fail)
      .end();
  });
const GZIP = { 'accept-encoding': 'gzip, deflate, br' };

describe('gzip', () => {
  test('of what is longer than 1 kB, with the right length, tag and Vary', async () => {
    const plain = await raw('/tasks/60');
    const packed = await raw('/tasks/60', GZIP);
    expect(packed.headers['content-encoding']).toBe('gzip');
    expect(gunzipSync(packed.body)).toEqual(plain.body);
    expect(packed.body.length).toBeLessThan(plain.body.length / 5);
    expect(Number(packed.headers['content-length'])).toBe(packed.body.length);
    expect([plain.headers.vary, packed.headers.vary]).toEqual(['accept-encoding', 'accept-encoding']);
    expect(plain.headers['content-encoding']).toBe(undefined);
    const tag = String(plain.headers.etag);
    expect(packed.headers.etag).toBe(`${tag.slice(0, -1)}-gzip"`);
    const head = await raw('/tasks/60', GZIP, 'HEAD');
    expect([head.headers['content-length'], head.headers['content-encoding'], head.headers.etag, head.body.length]).toEqual([
      packed.headers['content-length'],
      'gzip',
      packed.headers.etag,
      0,
    ]);
  });

  test('not of what is short, of what is no text, or for who does not take it', async () => {
    const short = await raw('/tasks/1', GZIP);
    expect([short.headers['content-encoding'], short.headers.vary]).toEqual([undefined, 'accept-encoding']);
    for (const header of ['', 'br', 'gzip;q=0', 'gzip; q=0, *', 'identity', '*;q=0', 'deflate, gzip;q=0.000'])
      expect((await raw('/tasks/60', { 'accept-encoding': header })).headers['content-encoding'], header).toBe(undefined);
    for (const header of ['GZIP', '*', 'br;q=1, gzip;q=0.1', 'x-gzip', 'identity;q=0, *;q=0.5'])
      expect((await raw('/tasks/60', { 'accept-encoding': header })).headers['content-encoding'], header).toBe('gzip');
  });

  test('documents, too', async () => {
    const answer = await raw('/openapi.json', GZIP);
    expect([answer.status, answer.headers['content-encoding']]).toEqual([200, 'gzip']);
    expect(JSON.parse(gunzipSync(answer.body).toString()).openapi).toMatch(/^3\.1/);
  });
});

describe('entity tags', () => {
  test('the tag is the revision, whatever else of the resource changes, compressed or not', async () => {
    expect((await raw('/agents/2')).headers.etag).toBe('"1"');
    await http.write([{ op: 'update', table: 'assignment', id: 1, patch: { status: 'completed', closed_at: 1 } }]);
    const answer = await raw('/agents/2');
    expect([answer.status, JSON.parse(answer.body.toString()).status, answer.headers.etag]).toEqual([200, 'idle', '"1"']);
    for (const tag of ['"1"', '"1-gzip"', '"x", "1"']) {
      await http.ask('admin', 'PATCH', '/agents/2', { max_concurrent: 2 }, { 'if-match': tag });
      expect(http.coordinator.requests.at(-1)?.command, tag).toMatchObject({ if_revision: 1 });
    }
  });

  test('If-None-Match is not answered by it, as it says nothing of the rest', async () => {
    expect((await raw('/agents/2', { 'if-none-match': '"1"' })).status).toBe(200);
  });
});
