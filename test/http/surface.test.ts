import { request } from 'node:http';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '#src/clock.ts';
import { type HttpFixture, startHttp, TOKENS } from './fixture.ts';

let http: HttpFixture;
beforeAll(async () => {
  http = await startHttp();
});
afterAll(() => http.close());

describe('health', () => {
  test('alive and ready', async () => {
    expect((await http.ask('none', 'GET', '/livez')).json).toEqual({ status: 'ok' });
    expect((await http.ask('none', 'GET', '/healthz?verbose')).json).toEqual({ status: 'ok', version: '2.0.0' });
    expect((await http.ask('none', 'GET', '/readyz')).json).toEqual({ status: 'ready' });
    expect((await http.ask('none', 'GET', '/readyz?verbose')).json).toEqual({
      status: 'ready',
      checks: { database: 'ok', broker: 'ok', ticker: 'ok' },
      ticker_lag_ms: 0,
    });
  });

  test('not ready says why', async () => {
    http.coordinator.ready = { ready: false, checks: { database: 'the disk is full', broker: null, ticker: null }, tickerLagMs: 3 };
    const answer = await http.ask('none', 'GET', '/readyz');
    expect(answer.json).toMatchObject({
      status: 503,
      code: 'not_ready',
      detail: 'database: the disk is full',
      checks: { database: 'the disk is full', broker: 'ok' },
    });
    expect((await http.ask('none', 'GET', '/livez')).status).toBe(200);
    http.coordinator.ready = { ready: true, checks: {}, tickerLagMs: 0 };
  });
});

describe('documents', () => {
  test('each named schema is a JSON Schema that validates', async () => {
    for (const name of ['ack', 'ping', 'reply', 'heartbeat', 'alert', 'agent', 'task', 'assignment', 'event', 'problem']) {
      const answer = await http.ask('none', 'GET', `/schemas/${name}.json`);
      expect(answer.status, name).toBe(200);
      expect(new Ajv2020().validateSchema(answer.json), name).toBe(true);
      expect(answer.json.$id).toBe(name);
    }
  });

  test('an unknown one is named as such', async () => {
    expect((await http.ask('none', 'GET', '/schemas/nothing.json')).json).toMatchObject({
      status: 404,
      code: 'not_found',
      detail: expect.stringContaining('heartbeat'),
    });
    expect((await http.ask('none', 'GET', '/schemas/ack')).status).toBe(404);
  });
});

describe('every answer', () => {
  test('carries the security headers, whatever it is', async () => {
    for (const [path, status] of [
      ['/livez', 200],
      ['/tasks', 401],
      ['/nowhere', 404],
      ['/tasks/%zz', 400],
      ['/ui/fleet', 404],
    ] as const) {
      const { headers, status: got } = await http.ask('none', 'GET', path);
      expect(got).toBe(status);
      expect([headers.get('x-content-type-options'), headers.get('x-frame-options'), headers.get('cache-control')], path).toEqual([
        'nosniff',
        'DENY',
        'no-store',
      ]);
      expect(headers.get('content-security-policy'), path).toContain("default-src 'none'");
    }
  });

  test('HEAD answers as GET does, without the body; a trailing slash changes nothing', async () => {
    for (const path of ['/tasks/1', '/agents', '/livez', '/schemas/ack.json']) {
      const [get, head, slash] = [await http.ask('admin', 'GET', path), await http.ask('admin', 'HEAD', path), await http.ask('admin', 'GET', `${path}/`)];
      expect([head.status, head.text, head.headers.get('content-length'), head.headers.get('etag')]).toEqual([
        200,
        '',
        get.headers.get('content-length'),
        get.headers.get('etag'),
      ]);
      expect(slash.text, path).toBe(get.text);
    }
  });

  test('requests are logged by route, without what was in the URL', async () => {
    http.logged.length = 0;
    await http.ask('admin', 'GET', `/tasks/1?token=${TOKENS.admin}`);
    await http.ask('none', 'GET', `/${TOKENS.admin}`);
    expect(http.logged).toMatchObject([
      { level: 'debug', fields: { method: 'GET', route: '/tasks/:id', status: 200 } },
      { fields: { route: null, status: 404 } },
    ]);
    expect(JSON.stringify(http.logged)).not.toContain(TOKENS.admin);
  });
});

/** Whose time limits never come: what would wait for one hangs, and fails. */
const PATIENT = { clock: { ...systemClock(), after: () => () => undefined } };

describe('closing', () => {
  test('a running request is finished, its connection ends, and nothing new is taken', async () => {
    const closing = await startHttp(PATIENT);
    const { promise: running, resolve: isRunning } = Promise.withResolvers<void>();
    const { promise: release, resolve: letGo } = Promise.withResolvers<void>();
    closing.coordinator.answer = async () => {
      isRunning();
      await release;
      return {};
    };
    const answer = closing.ask('admin', 'POST', '/tasks/1/resolve');
    await running;
    const closed = closing.close();
    await expect(fetch(`${closing.url}/livez`)).rejects.toThrow();
    letGo();
    expect((await answer).status).toBe(200);
    await closed;
  });

  test('an idle connection does not hold it up', async () => {
    const closing = await startHttp(PATIENT);
    await new Promise<void>((done, fail) => {
      request(`${closing.url}/livez`, { headers: { connection: 'keep-alive' } }, (response) => response.resume().on('end', done))
        .on('error', fail)
        .end();
    });
    await closing.close();
  });
});
