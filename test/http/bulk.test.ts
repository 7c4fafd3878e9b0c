import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Task } from '#schemas/resources.ts';
import { TestApp } from '#test/support/app.ts';

let app: TestApp;
beforeAll(async () => {
  app = await TestApp.start();
  for (const name of ['alice', 'bob']) await app.agent(name, { max_concurrent: 1000 });
});
afterAll(() => app[Symbol.asyncDispose]());

interface Done {
  done: number;
  failed: number;
  has_more: boolean;
  items: { task_id: number; ok: boolean; message?: string; error?: { code: string; detail: string } }[];
}
const bulk = (body: object) => app.ok<Done>('POST', '/tasks/bulk', body);
const tasks = async (n: number, fields: object = {}): Promise<number[]> => {
  const made: number[] = [];
  for (let i = 0; i < n; i += 1) made.push((await app.task('alice', fields)).id);
  return made;
};
const holderOf = async (id: number): Promise<string> => (await app.assignment({ id })).agent_name;

test('each task has its own fate, in the order of ids', async () => {
  const [a = 0, b = 0, c = 0] = await tasks(3);
  await app.ok('PATCH', `/tasks/${b}`, { status: 'done' });
  const answer = await bulk({ ids: [c, 99_999, b, a], action: 'assign', agent_name: 'bob' });
  expect(answer).toEqual({
    message: '2 done, 2 refused',
    done: 2,
    failed: 2,
    has_more: false,
    items: [
      { task_id: c, ok: true, message: `Task ${c} assigned to bob` },
      { task_id: 99_999, ok: false, error: { code: 'task_not_found', detail: expect.any(String) } },
      { task_id: b, ok: false, error: { code: 'task_closed', detail: expect.any(String) } },
      { task_id: a, ok: true, message: `Task ${a} assigned to bob` },
    ],
  });
  expect([await holderOf(a), await holderOf(b), await holderOf(c)]).toEqual(['bob', 'alice', 'bob']);
});

test('ping, resolve and cancel', async () => {
  const ids = await tasks(2);
  expect(await bulk({ ids, action: 'ping' })).toMatchObject({ done: 2, failed: 0 });
  expect(await bulk({ ids, action: 'ping' })).toMatchObject({
    done: 0,
    failed: 2,
    items: [{ error: { code: 'rate_limited' } }, { error: { code: 'rate_limited' } }],
  });
  expect(await bulk({ ids, action: 'resolve' })).toMatchObject({ done: 2 });
  expect(await bulk({ ids, action: 'cancel' })).toMatchObject({ done: 2 });
  for (const id of ids) expect((await app.taskNow({ id })).status).toBe('cancelled');
  expect(await bulk({ ids, action: 'ping' })).toMatchObject({ items: [{ error: { code: 'no_open_assignment' } }, { error: { code: 'no_open_assignment' } }] });
});

test('by the filter of the list: what it would list, and nothing else', async () => {
  const ids = await tasks(3, { name: 'sweep me', description: 'needle' });
  const [other = 0] = await tasks(1);
  const listed = (await app.ok<{ items: Task[] }>('GET', '/tasks?status=todo&agent=alice&q=NEEDLE')).items.map(({ id }) => id);
  const answer = await bulk({ filter: { status: 'todo', agent: 'alice', q: 'NEEDLE', needs_attention: false }, action: 'cancel' });
  expect(answer.items.map(({ task_id }) => task_id)).toEqual(listed);
  expect(listed.toSorted((x, y) => x - y)).toEqual(ids);
  expect((await app.taskNow({ id: other })).status).toBe('todo');
  expect(await bulk({ filter: { agent: 'nobody-there' }, action: 'cancel' })).toMatchObject({ done: 0, failed: 0, items: [] });
  expect(await bulk({ filter: { needs_attention: true }, action: 'resolve' })).toMatchObject({ items: [] });
});

test('a thousand at once, in one commit or few', async () => {
  await app.sql(`insert into task (name, status, priority, required_capabilities, blocked_by, deadline_unresolved, ping_interval_minutes, is_ping_enabled, attention_reminders,
    escalation_count, bars, failed_by, waiting_notices, created_by, created_at, revision)
    with recursive n(i) as (select 1 union all select i + 1 from n where i < 1005)
    select 'many', 'todo', 0, '[]', '[]', 0, 30, 0, 0, 0, '[]', '[]', 0, 'admin', 1, 1 from n`);
  const answer = await bulk({ filter: { q: 'many' }, action: 'cancel' });
  expect([answer.done, answer.failed, answer.has_more]).toEqual([1000, 0, true]);
  expect(await bulk({ filter: { q: 'many', status: 'todo' }, action: 'cancel' })).toMatchObject({ done: 5, has_more: false });
});

test('what is not valid is refused as a whole', async () => {
  const wrong = [
    {},
    { action: 'cancel' },
    { action: 'cancel', ids: [] },
    { action: 'cancel', ids: [1, 1] },
    { action: 'cancel', ids: ['1'] },
    { action: 'cancel', ids: Array.from({ length: 1001 }, (_, i) => i + 1) },
    { action: 'cancel', filter: {} },
    { action: 'cancel', ids: [1], filter: { q: 'x' } },
    { action: 'delete', ids: [1] },
    { action: 'cancel', filter: { status: 'open' } },
  ];
  for (const body of wrong) expect((await app.call('POST', '/tasks/bulk', body)).status, JSON.stringify(body).slice(0, 60)).toBe(400);
});

test('who may: the admin and main agents', async () => {
  const [main, sub] = [await app.agent('Boss', { type: 'main_agent' }), await app.agent('worker')];
  const [id = 0] = await tasks(1);
  expect((await app.call('POST', '/tasks/bulk', { ids: [id], action: 'assign', agent_name: 'worker' }, main.token)).status).toBe(200);
  expect((await app.call('POST', '/tasks/bulk', { ids: [id], action: 'cancel' }, sub.token)).status).toBe(403);
  expect(await holderOf(id)).toBe('worker');
});

test('under an Idempotency-Key it is done once', async () => {
  const [id = 0] = await tasks(1);
  const key = randomUUID();
  const send = async () => (await app.fetch('POST', '/tasks/bulk', { ids: [id], action: 'ping' }, { 'idempotency-key': key })).text();
  const first = await send();
  expect(JSON.parse(first)).toMatchObject({ done: 1 });
  expect(await send()).toBe(first);
  await app.sql('update idempotency set status = null, headers = null, body = null');
  expect(JSON.parse(await send())).toMatchObject({ status: 409, code: 'conflict', detail: expect.stringContaining('interrupted') });
});
