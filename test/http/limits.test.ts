import { expect, test } from 'vitest';
import { systemClock } from '#src/clock.ts';
import { ManualClock } from '#test/support/manual-clock.ts';
import { startHttp, TOKENS, type Who } from './fixture.ts';
import { upgrade } from './live.ts';

/** A server whose monotonic clock stands still until it is told. */
async function limited() {
  const time = new ManualClock();
  const { after, limit } = systemClock();
  const clock = { now: () => time.now(), monotonic: () => time.monotonic(), wall: () => time.wall(), rebase: () => time.rebase(), after, limit };
  const http = await startHttp({ clock });
  const statuses = async (n: number, who: Who, method = 'GET', path = '/tasks/1', body?: object) => {
    const found: Record<number, number> = {};
    for (let i = 0; i < n; i += 1) {
      const { status } = await http.ask(who, method, path, body);
      found[status] = (found[status] ?? 0) + 1;
    }
    return found;
  };
  return { http, time, statuses, [Symbol.asyncDispose]: () => http.close() };
}

test('an agent: 200 at once, then 100 a second, with Retry-After; the others are not slowed down by it', async () => {
  await using on = await limited();
  expect(await on.statuses(210, 'own')).toEqual({ 200: 200, 429: 10 });
  const refused = await on.http.ask('own', 'GET', '/tasks/1');
  expect([refused.headers.get('retry-after'), refused.json.code]).toEqual(['1', 'rate_limited']);
  expect(await on.statuses(5, 'main')).toEqual({ 200: 5 });
  on.time.skip(500);
  expect(await on.statuses(60, 'own')).toEqual({ 200: 50, 429: 10 });
  on.time.jumpWall(-3_600_000);
  on.time.skip(1000);
  expect(await on.statuses(110, 'own')).toEqual({ 200: 100, 429: 10 });
});

test('an agent: what takes long, 20 at once and then 10 a second, whatever else it asks; the admin as often as it likes', async () => {
  await using on = await limited();
  for (const path of ['/tasks/1/why', '/events']) {
    expect(await on.statuses(25, 'own', 'GET', path), path).toEqual({ 200: 20, 429: 5 });
    expect(await on.statuses(5, 'own'), path).toEqual({ 200: 5 });
    expect(await on.statuses(50, 'admin', 'GET', path), path).toEqual({ 200: 50 });
    on.time.skip(1000);
    expect(await on.statuses(15, 'own', 'GET', path), path).toEqual({ 200: 10, 429: 5 });
    on.time.skip(2000);
  }
});

test('an agent’s commands about its own work have their own limit, not this one', async () => {
  await using on = await limited();
  expect(await on.statuses(201, 'own')).toMatchObject({ 429: 1 });
  expect(await on.statuses(50, 'own', 'POST', '/agents/2/acknowledge', {})).toEqual({ 200: 50 });
});

test('commands that are not valid, or not the agent’s to send, are limited as well, and so are strangers', async () => {
  await using on = await limited();
  on.http.coordinator.admits = false;
  for (const body of [{}, { task_id: 'x' }]) expect(await on.statuses(2, 'own', 'POST', '/agents/2/acknowledge', body)).toEqual({ 429: 2 });
  expect(await on.statuses(2, 'admin', 'POST', '/agents/2/fail', {})).toEqual({ 429: 2 });
  const { json } = await on.http.ask('own', 'POST', '/agents/2/acknowledge', {});
  expect(json).toMatchObject({ code: 'rate_limited', ok: false, command: 'ack', instruction: 'continue', error: { code: 'rate_limited' } });
  on.http.coordinator.admits = true;
  expect(await on.statuses(210, 'own', 'POST', '/agents/3/acknowledge', {})).toEqual({ 403: 200, 429: 10 });
  expect(await on.statuses(3, 'own', 'POST', '/agents/2/acknowledge', { task_id: 'x' })).toEqual({ 400: 3 });
  expect(await on.statuses(210, 'none', 'POST', '/agents/2/acknowledge', { task_id: 'x' })).toEqual({ 401: 200, 429: 10 });
});

test('WebSockets: an agent’s readers are what takes long, and cookies are not guessed without end', async () => {
  await using on = await limited();
  const ws = on.http.url.replace('http', 'ws');
  const tries = async (n: number, path: string, headers: Record<string, string>, protocols: string[] = []) => {
    const found: Record<number, number> = {};
    for (let i = 0; i < n; i += 1) {
      const status = await upgrade(ws + path, headers, protocols);
      found[status] = (found[status] ?? 0) + 1;
    }
    return found;
  };
  expect(await tries(25, '/ws', { authorization: `Bearer ${TOKENS.own}` })).toEqual({ 101: 20, 429: 5 });
  expect(await tries(25, '/ws', { authorization: `Bearer ${TOKENS.admin}` })).toEqual({ 101: 25 });
  const cookie = `ping_session_${new URL(on.http.url).port}=${'A'.repeat(43)}`;
  expect(await tries(210, '/ws', { cookie, origin: on.http.url })).toEqual({ 401: 200, 429: 10 });
});

test('who has no valid token: 200 at once, then 20 a second of one address; a valid token is not asked to wait', async () => {
  await using on = await limited();
  expect(await on.statuses(210, 'none')).toEqual({ 401: 200, 429: 10 });
  expect((await on.http.ask('none', 'GET', '/tasks', undefined, { authorization: 'Bearer psa_guess' })).status).toBe(429);
  expect(await on.statuses(3, 'admin')).toEqual({ 200: 3 });
  on.time.skip(1000);
  expect(await on.statuses(25, 'none')).toEqual({ 401: 20, 429: 5 });
});

test('the admin is not limited, and neither are health and documents', async () => {
  await using on = await limited();
  expect(await on.statuses(1500, 'admin')).toEqual({ 200: 1500 });
  for (const path of ['/livez', '/healthz', '/readyz', '/schemas/ack.json']) expect(await on.statuses(220, 'none', 'GET', path), path).toEqual({ 200: 220 });
});
