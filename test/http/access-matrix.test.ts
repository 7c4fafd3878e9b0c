import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type HttpFixture, startHttp, TOKENS, WHY, type Who } from './fixture.ts';

/** Who may do what (contract §4): every route as every kind of caller. Agent 2 (`own`) holds task 1; agent 3 (`other`) never had it. */
const CALLERS: Who[] = ['admin', 'main', 'own', 'other', 'none'];
const REGISTER = { name: 'carol' };

//   method, path, body, and the status for: admin, main agent, the agent itself, another sub-agent, no token
const MATRIX: [string, string, unknown, number, number, number, number, number][] = [
  ['GET', '/agents', undefined, 200, 200, 200, 200, 401],
  ['POST', '/agents', REGISTER, 201, 403, 403, 403, 401],
  ['GET', '/agents/2', undefined, 200, 200, 200, 404, 401],
  ['GET', '/agents/1', undefined, 200, 200, 404, 404, 401],
  ['GET', '/agents/999', undefined, 404, 404, 404, 404, 401],
  ['PATCH', '/agents/2', { max_concurrent: 2 }, 200, 403, 403, 403, 401],
  ['DELETE', '/agents/2', undefined, 200, 403, 403, 403, 401],
  ['POST', '/agents/2/token', undefined, 200, 403, 403, 403, 401],
  ['POST', '/agents/2/acknowledge', { task_id: 1 }, 200, 403, 200, 403, 401],
  ['POST', '/agents/2/snooze', { task_id: 1 }, 200, 403, 200, 403, 401],
  ['POST', '/agents/2/complete', { task_id: 1 }, 200, 403, 200, 403, 401],
  ['POST', '/agents/2/fail', { task_id: 1 }, 200, 403, 200, 403, 401],
  ['POST', '/agents/1/acknowledge', {}, 200, 200, 403, 403, 401],
  ['POST', '/agents/1/snooze', {}, 200, 200, 403, 403, 401],
  ['POST', '/agents/1/complete', {}, 200, 200, 403, 403, 401],
  ['POST', '/agents/1/fail', {}, 200, 200, 403, 403, 401],
  ['POST', '/agents/999/acknowledge', {}, 200, 403, 403, 403, 401],
  ['GET', '/agents/2/sync', undefined, 200, 200, 200, 404, 401],
  ['GET', '/agents/2/assignments', undefined, 200, 200, 200, 404, 401],
  ['GET', '/agents/2/pings', undefined, 200, 200, 200, 404, 401],
  ['GET', '/agents/999/pings', undefined, 404, 404, 404, 404, 401],
  ['GET', '/agents/2/messages', undefined, 200, 200, 200, 404, 401],
  ['GET', '/agents/999/messages', undefined, 404, 404, 404, 404, 401],
  ['GET', '/agents/2/connections', undefined, 200, 200, 200, 404, 401],
  ['GET', '/agents/999/connections', undefined, 404, 404, 404, 404, 401],
  ['GET', '/settings', undefined, 200, 200, 404, 404, 401],
  ['GET', '/tasks', undefined, 200, 200, 200, 200, 401],
  ['GET', '/tasks/counts', undefined, 200, 200, 200, 200, 401],
  ['POST', '/tasks', { name: 'New' }, 201, 201, 403, 403, 401],
  ['GET', '/tasks/1', undefined, 200, 200, 200, 404, 401],
  ['GET', '/tasks/2', undefined, 200, 200, 404, 200, 401],
  ['GET', '/tasks/3', undefined, 200, 200, 200, 404, 401],
  ['GET', '/tasks/4', undefined, 404, 404, 404, 404, 401],
  ['GET', '/tasks/5', undefined, 200, 200, 404, 404, 401],
  ['PATCH', '/tasks/1', { priority: 1 }, 200, 403, 403, 403, 401],
  ['PATCH', '/tasks/1', { status: 'cancelled' }, 200, 200, 403, 403, 401],
  ['PATCH', '/tasks/1', { status: 'cancelled', priority: 1 }, 200, 403, 403, 403, 401],
  ['PATCH', '/tasks/1', { status: 'done' }, 200, 403, 403, 403, 401],
  ['DELETE', '/tasks/1', undefined, 200, 403, 403, 403, 401],
  ['POST', '/tasks/1/assign', {}, 200, 200, 403, 403, 401],
  ['POST', '/tasks/1/ping', undefined, 200, 200, 403, 403, 401],
  ['POST', '/tasks/1/resolve', undefined, 200, 200, 403, 403, 401],
  ['GET', '/tasks/1/assignments', undefined, 200, 200, 200, 404, 401],
  ['GET', '/tasks/1/why', undefined, 200, 200, 200, 404, 401],
  ['GET', '/tasks/1/comments', undefined, 200, 200, 200, 404, 401],
  ['POST', '/tasks/1/comments', { content: 'Hello' }, 201, 201, 201, 404, 401],
  ['POST', '/tasks/4/comments', { content: 'Hello' }, 201, 201, 404, 404, 401],
  ['GET', '/tasks/4/comments', undefined, 404, 404, 404, 404, 401],
  ['GET', '/tasks/1/phases', undefined, 200, 200, 200, 404, 401],
  ['GET', '/tasks/4/phases', undefined, 404, 404, 404, 404, 401],
  ['POST', '/tasks/1/phases', { name: 'Build' }, 201, 403, 403, 403, 401],
  ['GET', '/phases/1', undefined, 200, 200, 200, 404, 401],
  ['GET', '/phases/999', undefined, 404, 404, 404, 404, 401],
  ['GET', '/todos/1', undefined, 200, 200, 200, 404, 401],
  ['GET', '/todos/999', undefined, 404, 404, 404, 404, 401],
  ['PATCH', '/phases/1', { name: 'Build' }, 200, 403, 403, 403, 401],
  ['DELETE', '/phases/1', undefined, 200, 403, 403, 403, 401],
  ['POST', '/phases/1/todos', { title: 'Lay the stone' }, 201, 403, 403, 403, 401],
  ['PATCH', '/todos/1', { is_done: true }, 200, 200, 200, 404, 401], // that it is the holder is decided with the command
  ['PATCH', '/todos/1', { is_done: true, title: 'x' }, 200, 403, 403, 404, 401],
  ['PATCH', '/todos/1', { title: 'x' }, 200, 403, 403, 404, 401],
  ['DELETE', '/todos/1', undefined, 200, 403, 403, 403, 401],
  ['POST', '/tasks/bulk', { ids: [1], action: 'ping' }, 200, 200, 403, 403, 401],
  ['GET', '/session', undefined, 200, 200, 200, 200, 401],
  ['DELETE', '/session', undefined, 404, 404, 404, 404, 401], // came by a token
  ['GET', '/sessions', undefined, 200, 200, 200, 200, 401],
  ['DELETE', '/sessions/999', undefined, 404, 404, 404, 404, 401],
  ['GET', '/openapi.json', undefined, 200, 200, 200, 200, 200],
  ['GET', '/asyncapi.json', undefined, 200, 200, 200, 200, 200],
  ['GET', '/docs', undefined, 200, 200, 200, 200, 200],
  ['GET', '/events', undefined, 200, 200, 200, 200, 401],
  ['GET', '/notifications', undefined, 200, 200, 404, 404, 401],
  ['GET', '/stats', undefined, 200, 200, 404, 404, 401],
  ['GET', '/stats/series', undefined, 200, 200, 404, 404, 401],
  ['GET', '/metrics', undefined, 200, 200, 404, 404, 401],
  ['GET', '/agents/2/stats', undefined, 200, 200, 200, 404, 401],
  ['GET', '/agents/999/stats', undefined, 404, 404, 404, 404, 401],
  ['POST', '/notifications/1/read', undefined, 200, 403, 403, 403, 401],
  ['GET', '/', undefined, 200, 200, 200, 200, 200], // the dashboard asks for a token by itself
  ['GET', '/livez', undefined, 200, 200, 200, 200, 200],
  ['GET', '/healthz', undefined, 200, 200, 200, 200, 200],
  ['GET', '/readyz', undefined, 200, 200, 200, 200, 200],
  ['GET', '/schemas/ack.json', undefined, 200, 200, 200, 200, 200],
  ['GET', '/nowhere', undefined, 404, 404, 404, 404, 404],
];

/** Routes that a plain request with a token says nothing of, and where they are tested instead. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  'POST /session': 'session.test.ts: takes a token or a code in its body',
  'GET /ws': 'feed.test.ts: a WebSocket',
  'GET /mqtt': 'session.test.ts: a WebSocket',
  'GET /ui': 'leads to the dashboard: open to all',
  'GET /ui/*': 'the dashboard’s files: open to all',
};

/** The routes that neither the matrix nor the list above knows. */
function unlisted(routes: readonly { method: string; url: string }[]): string[] {
  const isListed = ({ method, url }: { method: string; url: string }): boolean => {
    const pattern = new RegExp(`^${url.replace(/:[a-z]+/g, '[^/]+').replaceAll('.', '\\.')}$`);
    return MATRIX.some((row) => row[0] === method && pattern.test(row[1])) || `${method} ${url}` in ELSEWHERE;
  };
  return routes.filter((route) => !isListed(route)).map(({ method, url }) => `${method} ${url}`);
}

let http: HttpFixture;
beforeAll(async () => {
  http = await startHttp();
});
afterAll(() => http.close());

describe('the access matrix', () => {
  for (const [method, path, body, ...statuses] of MATRIX) {
    test(`${method} ${path} ${body === undefined ? '' : JSON.stringify(body)}`, async () => {
      const before = http.coordinator.requests.length;
      const got = [];
      for (const who of CALLERS) got.push((await http.ask(who, method, path, body)).status);
      expect(got).toEqual(statuses);
      // Nothing refused at the edge reaches the coordinator; everything else that changes something does, in its sender's name.
      const granted = CALLERS.filter((_, i) => (statuses[i] ?? 0) < 300 && method !== 'GET');
      const asked = http.coordinator.requests.slice(before).map(({ principal }) => (principal.kind === 'agent' ? principal.name : principal.kind));
      expect(asked).toEqual(granted.map((who) => ({ admin: 'admin', main: 'Ruto', own: 'alice', other: 'bob', none: '' })[who]));
    });
  }

  test('knows every route of the server, and would miss one that it does not', () => {
    expect(http.routes.length).toBeGreaterThan(40);
    expect(unlisted(http.routes)).toEqual([]);
    const added = { method: 'PUT', url: '/tasks/:id' };
    expect(unlisted([...http.routes, added])).toEqual(['PUT /tasks/:id']);
  });

  test('every refusal is a problem with its code', async () => {
    const unauthorized = await http.ask('none', 'GET', '/tasks');
    expect(unauthorized.headers.get('www-authenticate')).toBe('Bearer');
    expect(unauthorized.headers.get('content-type')).toContain('application/problem+json');
    expect(unauthorized.json).toMatchObject({ status: 401, code: 'unauthorized' });
    expect((await http.ask('own', 'DELETE', '/tasks/1')).json).toMatchObject({ status: 403, code: 'forbidden' });
    expect((await http.ask('own', 'GET', '/tasks/2')).json).toMatchObject({ status: 404, code: 'task_not_found' });
    expect((await http.ask('own', 'GET', '/agents/3')).json).toMatchObject({ status: 404, code: 'agent_not_found' });
    expect((await http.ask('own', 'GET', '/notifications')).json).toMatchObject({ status: 404, code: 'not_found' });
  });

  test('what is hidden looks exactly like what is not there', async () => {
    const hidden = await http.ask('other', 'GET', '/tasks/1');
    const absent = await http.ask('other', 'GET', '/tasks/987654');
    expect(hidden.text).toBe(absent.text);
  });

  test('a wrong token, an empty one and other schemes are all refused', async () => {
    for (const authorization of ['Bearer psa_wrong', 'Bearer ', 'Bearer', `Basic ${TOKENS.admin}`, TOKENS.admin, `Bearer ${'x'.repeat(5000)}`]) {
      expect((await http.ask('none', 'GET', '/tasks', undefined, { authorization })).status, authorization.slice(0, 20)).toBe(401);
    }
    expect((await http.ask('none', 'GET', `/tasks?token=${TOKENS.admin}`)).status).toBe(401);
  });
});

describe('lists show each principal its own', () => {
  const ids = async (who: Who, path: string) => (await http.ask(who, 'GET', path)).json.items.map(({ id }: { id: number }) => id);

  test('agents', async () => {
    expect(await ids('main', '/agents')).toEqual([1, 2, 3]);
    expect(await ids('own', '/agents')).toEqual([2]);
    expect(await ids('other', '/agents?is_active=any')).toEqual([3]);
  });

  test('tasks: held now or ever', async () => {
    expect(await ids('admin', '/tasks')).toEqual([5, 3, 2, 1]);
    expect(await ids('own', '/tasks')).toEqual([3, 1]);
    expect(await ids('other', '/tasks')).toEqual([2]);
    expect(await ids('other', '/tasks?agent=alice')).toEqual([]);
  });

  test('numbers of tasks: of the same', async () => {
    const counts = async (who: Who) => (await http.ask(who, 'GET', '/tasks/counts')).json;
    const none = { todo: 0, in_progress: 0, done: 0, cancelled: 0, unassigned: 0, pending: 0, acknowledged: 0, snoozed: 0, needs_attention: 0 };
    expect(await counts('admin')).toEqual({ ...none, todo: 4, unassigned: 1, pending: 2, acknowledged: 1 });
    expect(await counts('own')).toEqual({ ...none, todo: 2, pending: 1, acknowledged: 1 });
    expect(await counts('other')).toEqual({ ...none, todo: 1, pending: 1 });
  });

  test('events: of itself and of its tasks', async () => {
    expect(await ids('main', '/events')).toEqual([1, 2, 3, 4, 5, 6]);
    expect(await ids('own', '/events')).toEqual([1, 3, 4, 5, 6]);
    expect(await ids('other', '/events')).toEqual([2, 5]);
    expect(await ids('other', '/events?task=1')).toEqual([5]);
  });

  test('refused payloads are the admin’s, and for a sub-agent its own', async () => {
    const excerpts = async (who: Who) =>
      (await http.ask(who, 'GET', '/events?kind=message.refused')).json.items.map(({ data }: { data: { excerpt?: string; code: string } }) => [
        data.code,
        data.excerpt,
      ]);
    expect(await excerpts('admin')).toEqual([
      ['invalid_payload', 'alice said'],
      ['no_open_assignment', 'bob said'],
    ]);
    expect(await excerpts('main')).toEqual([
      ['invalid_payload', undefined],
      ['no_open_assignment', undefined],
    ]);
    expect(await excerpts('own')).toEqual([
      ['invalid_payload', 'alice said'],
      ['no_open_assignment', undefined],
    ]);
    expect(await excerpts('other')).toEqual([['no_open_assignment', 'bob said']]);
  });

  test('why: a sub-agent learns of its own task, not how the others are doing', async () => {
    const considered = ['Ruto', 'alice', 'bob'].map((agent) => ({ agent, passed_over: 'is full' }));
    await using explaining = await startHttp({ why: async (task_id) => ({ ...WHY, task_id, considered, chain: considered.slice(0, 1) }) });
    const seen = async (who: Who) => (await explaining.ask(who, 'GET', '/tasks/1/why')).json;
    expect(await seen('main')).toEqual({ ...WHY, task_id: 1, considered, chain: considered.slice(0, 1) });
    const steps = WHY.if_nobody_answers.map(({ at, event }) => ({ at, event, agent: null, data: {} })); // when, but not to whom else
    expect(await seen('own')).toEqual({ ...WHY, task_id: 1, considered: considered.slice(1, 2), chain: [], if_nobody_answers: steps });
  });
});
