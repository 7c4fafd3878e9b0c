import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Unavailable } from '#coordinator/port.ts';
import { refuse } from '#domain/refusal.ts';
import { hashOf } from '#http/idempotency.ts';
import type { Comment } from '#schemas/conversation.ts';
import type { AgentCreated, Task } from '#schemas/resources.ts';
import { TestApp } from '#test/support/app.ts';
import { until } from '#test/support/until.ts';
import { doneOf } from './fake-coordinator.ts';
import { type HttpFixture, startHttp } from './fixture.ts';

/** What is kept of a key. */
const stored = (key: string): string => hashOf('key', key, null);

const HOUR = 3_600_000;

describe('a POST under an Idempotency-Key, in the product', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await TestApp.start();
  });
  afterAll(() => app[Symbol.asyncDispose]());

  const post = async (path: string, body: object, key: string, token?: string) => {
    const answer = await app.fetch('POST', path, body, { 'idempotency-key': key }, token);
    return { status: answer.status, headers: answer.headers, text: await answer.text() };
  };

  test('is done once and answered alike: status, headers and body', async () => {
    const key = randomUUID();
    const first = await post('/tasks', { name: 'only once' }, key);
    const second = await post('/tasks', { name: 'only once' }, key);
    expect(first.status).toBe(201);
    for (const name of ['location', 'etag', 'content-type'])
      expect([second.headers.get(name), second.headers.get(name)], name).toEqual([first.headers.get(name), expect.any(String)]);
    expect([second.status, second.text]).toEqual([201, first.text]);
    expect([first.headers.get('idempotency-replayed'), second.headers.get('idempotency-replayed')]).toEqual([null, 'true']);
    expect((await app.ok<{ items: Task[] }>('GET', '/tasks?q=only%20once')).items).toHaveLength(1);
  });

  test('two at once: one is done, the other is told to wait or answered as the first', async () => {
    const task = await app.task();
    const key = randomUUID();
    const answers = await Promise.all(Array.from({ length: 8 }, () => post(`/tasks/${task.id}/comments`, { content: 'once' }, key)));
    const statuses = answers.map(({ status }) => status);
    expect(statuses).toContain(201);
    for (const { status, headers, text } of answers) {
      if (status === 409) expect([headers.get('retry-after'), JSON.parse(text).code]).toEqual(['1', 'conflict']);
      else expect(status).toBe(201);
    }
    const comments = (await app.ok<{ items: Comment[] }>('GET', `/tasks/${task.id}/comments`)).items;
    expect(comments.filter(({ content }) => content === 'once')).toHaveLength(1);
  });

  test('with another body or path it is refused with 422', async () => {
    const task = await app.task();
    const key = randomUUID();
    expect((await post(`/tasks/${task.id}/comments`, { content: 'a' }, key)).status).toBe(201);
    for (const [path, content] of [
      [`/tasks/${task.id}/comments`, 'b'],
      ['/tasks/1/comments', 'a'],
      [`/tasks/${task.id}/comments?x=1`, 'a'],
    ] as const) {
      const { status, text } = await post(path, { content }, key);
      expect([status, JSON.parse(text).code], path).toEqual([422, 'conflict']);
    }
  });

  test('a key belongs to its principal', async () => {
    const [alice, bob] = [await app.agent('alice', { max_concurrent: 9 }), await app.agent('bob', { max_concurrent: 9 })];
    const [one, two] = [await app.task('alice'), await app.task('bob')];
    const key = randomUUID();
    expect((await post(`/tasks/${one.id}/comments`, { content: 'mine' }, key, alice.token)).status).toBe(201);
    expect((await post(`/tasks/${two.id}/comments`, { content: 'mine, too' }, key, bob.token)).status).toBe(201);
    expect((await post(`/tasks/${two.id}/comments`, { content: 'the admin’s' }, key)).status).toBe(201);
  });

  test('a refusal is kept; what came too soon is not', async () => {
    const key = randomUUID();
    const missing = await post('/tasks/1/assign', { agent_name: 'later' }, key);
    await app.agent('later');
    expect([missing.status, (await post('/tasks/1/assign', { agent_name: 'later' }, key)).text]).toEqual([404, missing.text]);
    const task = await app.task('later');
    expect((await post(`/tasks/${task.id}/ping`, {}, randomUUID())).status).toBe(200);
    const soon = randomUUID();
    expect((await post(`/tasks/${task.id}/ping`, {}, soon)).status).toBe(429);
    await app.clock.advance(11_000);
    expect((await post(`/tasks/${task.id}/ping`, {}, soon)).status).toBe(200);
    expect((await post(`/tasks/${task.id}/ping`, {}, soon)).headers.get('idempotency-replayed')).toBe('true');
  });

  test('tokens are shown once and kept nowhere in clear', async () => {
    const key = randomUUID();
    const made: AgentCreated = JSON.parse((await post('/agents', { name: 'carol' }, key)).text);
    const again = await post('/agents', { name: 'carol' }, key);
    expect(again.status).toBe(409);
    expect(JSON.parse(again.text)).toMatchObject({ code: 'conflict', detail: expect.stringContaining(`POST /agents/${made.id}/token`) });
    const renewal = randomUUID();
    const { token }: { token: string } = JSON.parse((await post(`/agents/${made.id}/token`, {}, renewal)).text);
    expect((await post(`/agents/${made.id}/token`, {}, renewal)).status).toBe(409);
    expect((await app.call('GET', `/agents/${made.id}`, undefined, token)).status).toBe(200);
    const kept = JSON.stringify(await app.sql('select * from idempotency'));
    for (const secret of [made.token, made.webhook_secret, token]) expect(kept).not.toContain(secret);
    expect(kept).not.toContain('token_hash');
  });

  test('after a restart it is answered as before; after a crash between commit and answer, from what was committed', async () => {
    const [kept, lost, unborn] = [randomUUID(), randomUUID(), randomUUID()];
    const before = await post('/tasks', { name: 'kept' }, kept);
    const cut = await post('/tasks', { name: 'lost' }, lost);
    await post('/tasks', { name: 'unborn' }, unborn);
    // As a crash leaves them: committed and not answered, and reserved without anything.
    await app.sql('update idempotency set status = null, headers = null, body = null where request_key = ?', stored(lost));
    await app.sql('update idempotency set outcome = null, status = null, headers = null, body = null where request_key = ?', stored(unborn));
    await app.sql(`update task set name = 'never there' where name = 'unborn'`);
    await app.restart();
    const names = async (name: string) => (await app.ok<{ items: Task[] }>('GET', `/tasks?q=${name}`)).items.length;
    expect((await post('/tasks', { name: 'kept' }, kept)).text).toBe(before.text);
    const after = await post('/tasks', { name: 'lost' }, lost);
    expect([after.status, JSON.parse(after.text).id]).toEqual([201, JSON.parse(cut.text).id]);
    expect((await post('/tasks', { name: 'lost' }, lost)).text).toBe(after.text);
    expect((await post('/tasks', { name: 'unborn' }, unborn)).status).toBe(201);
    expect([await names('kept'), await names('lost'), await names('unborn')]).toEqual([1, 1, 1]);
  });

  test('after a crash, a token that was never shown is not made up', async () => {
    const key = randomUUID();
    const made: AgentCreated = JSON.parse((await post('/agents', { name: 'dave' }, key)).text);
    await app.sql('update idempotency set status = null, headers = null, body = null where request_key = ?', stored(key));
    const again = await post('/agents', { name: 'dave' }, key);
    expect([again.status, again.text.includes('psa_')]).toEqual([409, false]);
    expect((await app.call('GET', `/agents/${made.id}`, undefined, made.token)).status).toBe(200);
  });

  test('is forgotten after 24 hours, and its row goes', async () => {
    const key = randomUUID();
    await post('/tasks', { name: 'daily' }, key);
    await app.clock.pause(23 * HOUR);
    expect((await post('/tasks', { name: 'daily' }, key)).headers.get('idempotency-replayed')).toBe('true');
    await app.clock.pause(HOUR + 1000);
    expect((await post('/tasks', { name: 'another' }, key)).status).toBe(201);
    await app.clock.pause(25 * HOUR);
    await until('the keys are gone', async () => {
      await app.clock.advance(1000);
      return (await app.sql('select id from idempotency')).length === 0;
    });
  });
});

describe('a key at the edge', () => {
  let http: HttpFixture;
  beforeEach(async () => {
    http = await startHttp();
  });
  afterEach(() => http.close());
  const post = (key: string, path = '/tasks/1/resolve', body: object = {}) => http.ask('admin', 'POST', path, body, { 'idempotency-key': key });

  test('of 1 to 255 printable characters, else 400', async () => {
    for (const key of ['', 'x'.repeat(256), 'tab\there', 'naïve']) expect((await post(key)).status, key.slice(0, 10)).toBe(400);
    expect(http.coordinator.requests).toEqual([]);
    for (const key of ['x', 'x'.repeat(255), '"quoted key"']) expect((await post(key)).status, key.slice(0, 10)).toBe(200);
  });

  test('one that is running is 409 with Retry-After', async () => {
    const { promise: release, resolve: letGo } = Promise.withResolvers<void>();
    http.coordinator.answer = async ({ command }) => {
      await release;
      return doneOf(command);
    };
    const first = post('k');
    await until('it is running', () => http.coordinator.requests.length === 1);
    const second = await post('k');
    expect([second.status, second.headers.get('retry-after')]).toEqual([409, '1']);
    letGo();
    expect((await first).status).toBe(200);
    expect((await post('k')).headers.get('idempotency-replayed')).toBe('true');
  });

  test('answers of 500 and more are not kept: asked again, it is tried again', async () => {
    const answers: (() => never)[] = [
      () => {
        throw new Unavailable('storage_full', 'Full.');
      },
      () => {
        throw new Unavailable('not_ready', 'Not yet.');
      },
      () => {
        throw new Error('a bug');
      },
    ];
    for (const answer of answers) {
      http.coordinator.answer = answer;
      expect((await post('again')).status).toBeGreaterThanOrEqual(500);
    }
    http.coordinator.answer = () => refuse('internal_error', 'It threw.');
    expect((await post('again')).status).toBe(500);
    http.coordinator.answer = ({ command }) => doneOf(command);
    expect((await post('again')).status).toBe(200);
    expect(http.coordinator.requests).toHaveLength(5);
  });

  test('what is not valid, not allowed or not authenticated is no use of the key', async () => {
    expect((await http.ask('admin', 'POST', '/tasks', { nonsense: 1 }, { 'idempotency-key': 'v' })).status).toBe(400);
    expect((await http.ask('own', 'POST', '/tasks', { name: 'x' }, { 'idempotency-key': 'v' })).status).toBe(403);
    expect((await http.ask('none', 'POST', '/tasks', { name: 'x' }, { 'idempotency-key': 'v' })).status).toBe(401);
    expect((await http.ask('admin', 'POST', '/tasks', { name: 'x' }, { 'idempotency-key': 'v' })).status).toBe(201);
  });

  test('other methods take no notice of it', async () => {
    for (let i = 0; i < 2; i += 1) expect((await http.ask('admin', 'PATCH', '/tasks/1', { priority: 1 }, { 'idempotency-key': '' })).status).toBe(200);
    expect(http.coordinator.requests).toHaveLength(2);
  });
});
