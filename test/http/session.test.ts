import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Session, WhoAmI } from '#schemas/live.ts';
import { SessionCreate, WhoAmI as WhoAmISchema } from '#schemas/live.ts';
import { parser } from '#schemas/validator.ts';
import { startApp } from '#src/app.ts';
import { openStorage } from '#storage/open.ts';
import { run } from '#storage/statement.ts';
import { ADMIN, temporaryDir, testConfig } from '#test/support/config.ts';
import { bearer, Listener, LiveApp } from './live.ts';

let app: LiveApp;
beforeAll(async () => {
  app = await LiveApp.start();
});
afterAll(() => app[Symbol.asyncDispose]());

const isWhoAmI = parser(WhoAmISchema);

describe('logging in', () => {
  test('a token becomes a cookie that no script reads and no other site sends', async () => {
    const { set, cookie } = await app.logIn();
    const [pair = '', ...attributes] = set.split('; ');
    expect(pair).toMatch(/^ping_session_\d+=[A-Za-z0-9_-]{43}$/);
    expect(attributes.sort()).toEqual(['HttpOnly', 'Path=/', 'SameSite=Strict']);
    const me = await app.ok<WhoAmI>('GET', '/session', undefined, { cookie });
    expect(isWhoAmI(me).ok).toBe(true);
    expect(me).toMatchObject({ actor: 'admin', role: 'admin', agent_id: null, session: { actor: 'admin', is_current: true } });
    expect(Date.parse(me.session?.expires_at ?? '') - Date.parse(me.session?.used_at ?? '')).toBe(12 * 3600_000);
    expect((await app.ask('GET', '/agents', undefined, { cookie })).status).toBe(200);
  });

  test('an agent’s session acts as that agent', async () => {
    const { id, token } = await app.agent('lena');
    const { cookie } = await app.logIn({ token });
    expect(await app.ok('GET', '/session', undefined, { cookie })).toMatchObject({ actor: 'lena', role: 'sub_agent', agent_id: id });
    expect((await app.ask('GET', '/agents/1', undefined, { cookie })).status).toBe(404);
    expect((await app.ask('POST', '/tasks', { name: 'x' }, app.page(cookie))).status).toBe(403);
  });

  test('a code works once', async () => {
    const code = app.app.newLoginCode();
    expect((await app.ask('POST', '/session', { code: `${code}x` }, {})).status).toBe(401);
    const { cookie } = await app.logIn({ code });
    expect(await app.ok('GET', '/session', undefined, { cookie })).toMatchObject({ actor: 'admin' });
    expect((await app.ask('POST', '/session', { code }, {})).status).toBe(401);
  });

  test('neither, both and nonsense are invalid; a wrong token is unauthorized; a foreign page is forbidden', async () => {
    const status = async (body: object, headers = {}) => (await app.ask('POST', '/session', body, headers)).status;
    expect(parser(SessionCreate)({ token: 1 }).ok).toBe(false);
    expect([await status({}), await status({ token: ADMIN, code: 'x' }), await status({ token: 1 })]).toEqual([400, 400, 400]);
    const wrong = await app.ask('POST', '/session', { token: 'psa_wrong' }, {});
    expect([wrong.status, wrong.headers.getSetCookie()]).toEqual([401, []]);
    expect(await status({ token: ADMIN }, { origin: 'http://evil.example' })).toBe(403);
    expect(await status({ token: ADMIN }, { origin: app.http })).toBe(201);
  });

  test('a proxy’s word for https is not taken', async () => {
    const answer = await app.ask('POST', '/session', { token: ADMIN }, { 'x-forwarded-proto': 'https' });
    expect(answer.headers.getSetCookie()[0]).not.toContain('Secure');
  });
});

test('a trusted proxy’s word for https is taken: the cookie is Secure, and pages are https', async () => {
  await using behind = await LiveApp.start({ TRUST_PROXY: 'true' });
  const ask = (method: string, path: string, body: object | undefined, headers: Record<string, string>): Promise<{ status: number; cookies: string[] }> =>
    new Promise((resolve, reject) => {
      const all = { 'x-forwarded-proto': 'https', host: 'ping.example.com', 'content-type': 'application/json', ...headers };
      const asked = request(behind.http + path, { method, headers: all }, (answer) => {
        answer.resume();
        resolve({ status: answer.statusCode ?? 0, cookies: answer.headers['set-cookie'] ?? [] });
      });
      asked.on('error', reject).end(body === undefined ? undefined : JSON.stringify(body));
    });
  const { status, cookies } = await ask('POST', '/session', { token: ADMIN }, { origin: 'https://ping.example.com' });
  expect([status, cookies[0]]).toEqual([201, expect.stringMatching(/; Secure$/)]);
  const cookie = cookies[0]?.split(';', 1)[0] ?? '';
  const post = async (origin: string) => (await ask('POST', '/tasks', { name: 'x' }, { cookie, origin })).status;
  expect([await post('https://ping.example.com'), await post('http://ping.example.com'), await post('https://other.example.com')]).toEqual([201, 403, 403]);
});

test('behind a trusted proxy any Host is ours, unless it is said which', async () => {
  await using behind = await LiveApp.start({ TRUST_PROXY: 'true', HTTP_ALLOWED_HOSTS: 'ping.example.com' });
  const status = (host: string): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      request(`${behind.http}/openapi.json`, { headers: { host } }, (answer) => resolve(answer.resume().statusCode))
        .on('error', reject)
        .end();
    });
  expect([await status('ping.example.com'), await status('localhost'), await status('other.example.com')]).toEqual([200, 200, 421]);
});

describe('with a cookie', () => {
  test('what changes something needs our own Origin; a token does not', async () => {
    const { cookie } = await app.logIn();
    const post = async (headers: Record<string, string>) => (await app.ask('POST', '/tasks', { name: 'x' }, headers)).status;
    const { port } = new URL(app.http);
    expect(await post({ cookie })).toBe(403);
    for (const origin of ['http://evil.example', 'null', `https://127.0.0.1:${port}`, 'http://127.0.0.1:1', `http://localhost:${port}`, `${app.http}/`]) {
      expect(await post({ cookie, origin }), origin).toBe(403);
    }
    expect(await post(app.page(cookie))).toBe(201);
    expect(await post({ ...bearer(ADMIN), cookie })).toBe(201);
    expect((await app.ask('GET', '/tasks', undefined, { cookie, origin: 'http://evil.example' })).status).toBe(200);
  });

  test('a wrong cookie, and one beside a wrong token, open nothing', async () => {
    const { cookie } = await app.logIn();
    const name = cookie.split('=', 1)[0];
    const get = async (headers: Record<string, string>) => (await app.ask('GET', '/tasks', undefined, headers)).status;
    expect(await get({ cookie: `${name}=` })).toBe(401);
    expect(await get({ cookie: `${name}=${'A'.repeat(43)}` })).toBe(401);
    expect(await get({ cookie: `${name}=${"'".repeat(5000)}` })).toBe(401);
    expect(await get({ cookie, authorization: 'Bearer psa_wrong' })).toBe(401);
    expect(await get({ cookie: `a=b; ${cookie}; c=d`, authorization: 'Basic eDp5' })).toBe(200);
  });

  test('an unknown Host gets 421, whatever the cookie', async () => {
    const { cookie } = await app.logIn();
    const status = await new Promise((resolve, reject) => {
      const asked = request(`${app.http}/tasks`, { headers: { cookie, host: 'rebound.example' } }, (answer) => resolve(answer.statusCode));
      asked.on('error', reject).end();
    });
    expect(status).toBe(421);
  });
});

describe('the end of a session', () => {
  test('logging out', async () => {
    const { cookie } = await app.logIn();
    expect((await app.ask('DELETE', '/session', undefined, { cookie })).status).toBe(403);
    const answer = await app.ask('DELETE', '/session', undefined, app.page(cookie));
    expect([answer.status, answer.headers.getSetCookie()[0]]).toEqual([200, expect.stringMatching(/=; .*Max-Age=0/)]);
    expect((await app.ask('GET', '/session', undefined, { cookie })).status).toBe(401);
    expect((await app.ask('DELETE', '/session')).status).toBe(404);
  });

  test('its agent’s token is renewed, or the agent deactivated', async () => {
    const { id, token } = await app.agent('otto');
    const first = await app.logIn({ token });
    const feed = new Listener(`${app.ws}/ws`, app.page(first.cookie));
    await feed.snapshot();
    const { token: second } = await app.ok<{ token: string }>('POST', `/agents/${id}/token`);
    expect(await feed.end()).toBe(4401);
    expect((await app.ask('GET', '/session', undefined, first)).status).toBe(401);
    const { cookie } = await app.logIn({ token: second });
    const byToken = new Listener(`${app.ws}/ws`, bearer(second));
    await byToken.snapshot();
    await app.ok('DELETE', `/agents/${id}`);
    expect((await app.ask('GET', '/session', undefined, { cookie })).status).toBe(401);
    expect(await byToken.end()).toBe(4401);
    await app.ok('PATCH', `/agents/${id}`, { is_active: true });
    expect((await app.ask('GET', '/session', undefined, { cookie })).status).toBe(401);
  });

  test('the admin sees and revokes all, an agent its own; what lives by it ends', async () => {
    const { token } = await app.agent('nora');
    const mine = await app.logIn({ token });
    const admins = await app.logIn();
    const list = async (headers: Record<string, string>) => (await app.ok<{ items: Session[] }>('GET', '/sessions', undefined, headers)).items;
    const own = await list({ cookie: mine.cookie });
    expect(own).toMatchObject([{ actor: 'nora', is_current: true }]);
    const all = await list({ cookie: admins.cookie });
    const current = all.filter((session) => session.is_current);
    expect([current.length, all.some(({ id }) => id === own[0]?.id)]).toEqual([1, true]);
    expect((await app.ask('DELETE', `/sessions/${current[0]?.id}`, undefined, bearer(token))).status).toBe(404);
    const feed = new Listener(`${app.ws}/ws`, app.page(mine.cookie));
    await feed.snapshot();
    expect((await app.ask('DELETE', `/sessions/${own[0]?.id}`, undefined, app.page(admins.cookie))).status).toBe(200);
    expect(await feed.end()).toBe(4401);
    expect((await app.ask('GET', '/session', undefined, { cookie: mine.cookie })).status).toBe(401);
    expect((await app.ask('DELETE', `/sessions/${own[0]?.id}`)).status).toBe(404);
    expect((await app.ask('DELETE', '/sessions/nonsense')).status).toBe(404);
  });

  test('a main agent sees all, and ends its own alone', async () => {
    const { token } = await app.agent('Boss', { type: 'main_agent' });
    await app.logIn();
    await app.logIn({ token });
    const { items } = await app.ok<{ items: Session[] }>('GET', '/sessions', undefined, bearer(token));
    const of = (actor: string) => items.find((session) => session.actor === actor)?.id;
    const end = async (actor: string) => (await app.ask('DELETE', `/sessions/${of(actor)}`, undefined, bearer(token))).status;
    expect([await end('admin'), await end('Boss')]).toEqual([403, 200]);
    expect((await app.ok<{ items: Session[] }>('GET', '/sessions')).items.some(({ id }) => id === of('admin'))).toBe(true);
  });
});

test('guessing is slowed down, for the right token too, until the minute is over', async () => {
  await using other = await LiveApp.start();
  const tries = Array.from({ length: 10 }, () => other.ask('POST', '/session', { token: 'psa_wrong' }, {}));
  expect((await Promise.all(tries)).map(({ status }) => status)).toEqual(Array(10).fill(401));
  const answer = await other.ask('POST', '/session', { token: ADMIN }, {});
  expect([answer.status, Number(answer.headers.get('retry-after'))]).toEqual([429, expect.closeTo(59, -1)]);
  expect((await other.ask('GET', '/tasks')).status).toBe(200);
});

test('a session outlives a restart, but not a new admin token; nothing in the database opens one', async () => {
  await using dir = await temporaryDir();
  const start = (settings: Record<string, string> = {}) => startApp(testConfig(dir.path, settings));
  let running = await start();
  try {
    const http = running.listeners.find(({ name }) => name === 'http')?.url ?? '';
    const again = async (settings: Record<string, string> = {}): Promise<void> => {
      await running.close();
      running = await start({ HTTP_PORT: new URL(http).port, ...settings });
    };
    const login = await fetch(`${http}/session`, { method: 'POST', body: JSON.stringify({ token: ADMIN }), headers: { 'content-type': 'application/json' } });
    const cookie = login.headers.getSetCookie()[0]?.split(';', 1)[0] ?? '';
    const status = async () => (await fetch(`${http}/session`, { headers: { cookie, connection: 'close' } })).status;
    await again();
    expect(await status()).toBe(200);
    await using storage = await openStorage({ database: testConfig(dir.path).database, dataDir: dir.path, migrate: false });
    const rows = await run(storage.em(), 'select * from session');
    expect(rows).toHaveLength(1);
    for (const secret of [cookie.split('=')[1] ?? '', ADMIN]) expect(JSON.stringify(rows)).not.toContain(secret);
    await again({ API_AUTH_TOKEN: 'another-admin-token' });
    expect(await status()).toBe(401);
  } finally {
    await running.close();
  }
});
