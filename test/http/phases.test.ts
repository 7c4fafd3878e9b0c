import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Comment, Phase, Todo } from '#schemas/conversation.ts';
import { TestApp } from '#test/support/app.ts';

let app: TestApp;
beforeAll(async () => {
  app = await TestApp.start();
});
afterAll(() => app[Symbol.asyncDispose]());

const phases = async (task: { id: number }) => (await app.ok<{ items: Phase[] }>('GET', `/tasks/${task.id}/phases`)).items;

test('stages with checklists, in order; ticking all of them completes the stage', async () => {
  const task = await app.task();
  const build = await app.ok<Phase>('POST', `/tasks/${task.id}/phases`, { name: 'Build' });
  expect(build).toEqual({
    id: expect.any(Number),
    task_id: task.id,
    name: 'Build',
    position: 1,
    status: 'todo',
    completed_at: null,
    created_at: expect.any(String),
    revision: 1,
    todos: [],
    message: `Phase ${build.id} added`,
  });
  const plan = await app.ok<Phase>('POST', `/tasks/${task.id}/phases`, { name: 'Plan', position: 1 });
  const [x, y] = [
    await app.ok<Todo>('POST', `/phases/${build.id}/todos`, { title: 'x' }),
    await app.ok<Todo>('POST', `/phases/${build.id}/todos`, { title: 'y' }),
  ];
  expect((await phases(task)).map(({ name, todos }) => [name, todos.map(({ title, is_done }) => [title, is_done])])).toEqual([
    ['Plan', []],
    [
      'Build',
      [
        ['x', false],
        ['y', false],
      ],
    ],
  ]);
  expect(await app.ok('PATCH', `/todos/${x.id}`, { is_done: true })).toMatchObject({ id: x.id, is_done: true, done_by: 'admin', done_at: expect.any(String) });
  expect((await phases(task))[1]).toMatchObject({ status: 'in_progress', completed_at: null });
  await app.ok('PATCH', `/todos/${y.id}`, { is_done: true });
  expect((await phases(task))[1]).toMatchObject({ status: 'done', completed_at: expect.any(String) });
  await app.ok('PATCH', `/todos/${y.id}`, { is_done: false, title: 'why' });
  expect((await phases(task))[1]).toMatchObject({ status: 'in_progress', completed_at: null, todos: [{ title: 'x' }, { title: 'why', done_by: null }] });
  const comments = (await app.ok<{ items: Comment[] }>('GET', `/tasks/${task.id}/comments`)).items.filter(({ content }) => content.startsWith('Phase'));
  expect(comments.map(({ author, content }) => [author, content])).toEqual([
    ['system', 'Phase "Build" is complete (2 of 2)'],
    ['system', 'Phase "Build" is open again'],
  ]);
  expect((await app.events('task.phase_completed')).map(({ task_id, data }) => [task_id, data])).toEqual([[task.id, { phase_id: build.id, name: 'Build' }]]);
  expect(await app.ok('DELETE', `/todos/${y.id}`)).toEqual({ message: `Todo ${y.id} deleted`, todo_id: y.id, phase_id: build.id, task_id: task.id });
  expect(await app.ok('DELETE', `/phases/${plan.id}`)).toEqual({ message: expect.any(String), phase_id: plan.id, task_id: task.id });
  expect((await phases(task)).map(({ name, status }) => [name, status])).toEqual([['Build', 'done']]);
  await app.ok('DELETE', `/tasks/${task.id}`);
  expect((await app.call('PATCH', `/phases/${build.id}`, { name: 'x' })).status).toBe(404);
  expect((await app.call('PATCH', `/todos/${x.id}`, { is_done: true })).body).toMatchObject({ code: 'not_found' });
  expect((await app.call('GET', `/tasks/${task.id}/phases`)).status).toBe(404);
});

test('pages follow the positions, also when a phase is put between them', async () => {
  const task = await app.task();
  for (const name of ['a', 'b', 'c', 'd']) await app.ok('POST', `/tasks/${task.id}/phases`, { name });
  const first = await app.ok<{ items: Phase[]; next_cursor: string }>('GET', `/tasks/${task.id}/phases?limit=2`);
  await app.ok('POST', `/tasks/${task.id}/phases`, { name: 'before', position: 0 });
  const second = await app.ok<{ items: Phase[]; next_cursor: null }>('GET', `/tasks/${task.id}/phases?limit=2&cursor=${first.next_cursor}`);
  expect([...first.items, ...second.items].map(({ name }) => name)).toEqual(['a', 'b', 'c', 'd']);
  expect(second.next_cursor).toBe(null);
});

test('who may: the admin all, the holder ticks, others not; strangers see nothing', async () => {
  const [holder, before, stranger] = [await app.agent('holder', { max_concurrent: 9 }), await app.agent('before'), await app.agent('stranger')];
  const main = await app.agent('Boss', { type: 'main_agent' });
  const task = await app.task('before');
  const phase = await app.ok<Phase>('POST', `/tasks/${task.id}/phases`, { name: 'p' });
  const todo = await app.ok<Todo>('POST', `/phases/${phase.id}/todos`, { title: 't' });
  await app.ok('POST', `/tasks/${task.id}/assign`, { agent_name: 'holder' });
  const status = async (token: string, method: string, path: string, body?: object) => (await app.call(method, path, body, token)).status;
  const tokens = [main.token, holder.token, before.token, stranger.token];
  const all = async (method: string, path: string, body?: object) => Promise.all(tokens.map((token) => status(token, method, path, body)));
  expect(await all('GET', `/tasks/${task.id}/phases`)).toEqual([200, 200, 200, 404]);
  expect(await all('POST', `/tasks/${task.id}/phases`, { name: 'q' })).toEqual([403, 403, 403, 403]);
  expect(await all('PATCH', `/phases/${phase.id}`, { name: 'q' })).toEqual([403, 403, 403, 403]);
  expect(await all('DELETE', `/phases/${phase.id}`)).toEqual([403, 403, 403, 403]);
  expect(await all('POST', `/phases/${phase.id}/todos`, { title: 'q' })).toEqual([403, 403, 403, 403]);
  expect(await all('DELETE', `/todos/${todo.id}`)).toEqual([403, 403, 403, 403]);
  expect(await all('PATCH', `/todos/${todo.id}`, { is_done: true })).toEqual([403, 200, 403, 404]);
  expect(await all('PATCH', `/todos/${todo.id}`, { is_done: true, title: 'q' })).toEqual([403, 403, 403, 404]);
  expect(await all('PATCH', '/todos/99999', { is_done: true })).toEqual([404, 404, 404, 404]);
  expect((await phases(task))[0]?.todos).toMatchObject([{ title: 't', done_by: 'holder' }]);
});

test('bounds, and If-Match', async () => {
  const task = await app.task();
  const wrong = [{}, { name: '' }, { name: 'x'.repeat(501) }, { name: 'x', position: -1 }, { name: 'x', position: 1.5 }];
  for (const body of wrong) expect((await app.call('POST', `/tasks/${task.id}/phases`, body)).status, JSON.stringify(body)).toBe(400);
  for (let i = 0; i < 50; i += 1) await app.ok('POST', `/tasks/${task.id}/phases`, { name: `p${i}` });
  expect((await app.call('POST', `/tasks/${task.id}/phases`, { name: 'one more' })).body).toMatchObject({ status: 409, code: 'conflict' });
  const [first] = await phases(task);
  const patch = (tag: string, name: string) => app.fetch('PATCH', `/phases/${first?.id}`, { name }, { 'if-match': tag });
  const etag = (await patch('*', 'once')).headers.get('etag') ?? '';
  expect((await patch(etag, 'twice')).status).toBe(200);
  expect((await patch(etag, 'thrice')).status).toBe(412);
});

test('If-Match with what a list shows: what is as it was may be changed, and a PATCH that changes nothing changes no revision', async () => {
  const task = await app.task();
  const { id } = await app.ok<Phase>('POST', `/tasks/${task.id}/phases`, { name: 'p' });
  await app.ok('POST', `/phases/${id}/todos`, { title: 't' });
  const listed = async () => {
    const [phase] = await phases(task);
    const [todo] = phase?.todos ?? [];
    if (phase === undefined || todo === undefined) throw new Error('they are gone');
    return [
      { path: `/phases/${phase.id}`, ...phase },
      { path: `/todos/${todo.id}`, ...todo },
    ] as const;
  };
  const patch = (path: string, revision: number, body: object) => app.fetch('PATCH', path, body, { 'if-match': `"${revision}"` });
  const before = await app.events('task.*');
  for (const [n, { path, revision, position }] of (await listed()).entries()) {
    const same = { position, ...(n === 0 ? { name: 'p' } : { title: 't', is_done: false }) };
    for (const body of [{}, same]) {
      const answer = await patch(path, revision, body);
      expect([answer.status, answer.headers.get('etag')], path).toEqual([200, `"${revision}"`]);
    }
    const read = await app.fetch('GET', path);
    expect([read.headers.get('etag'), await read.json()]).toMatchObject([`"${revision}"`, { id: expect.any(Number), revision }]);
  }
  expect(await app.events('task.*')).toEqual(before);
  for (const [n, { path, revision }] of (await listed()).entries()) {
    const body = n === 0 ? { name: 'q' } : { title: 'u' };
    expect([(await patch(path, revision, body)).status, (await patch(path, revision, { position: 9 })).status]).toEqual([200, 412]);
  }
  const [moved] = await listed();
  await app.ok('POST', `/tasks/${task.id}/phases`, { name: 'before it', position: moved.position });
  expect((await patch(moved.path, moved.revision, { name: 'r' })).status).toBe(412); // its position is another one now
});

test('an agent that is so already keeps its revision', async () => {
  const { id } = await app.agent('same', { capabilities: ['a'] });
  const tag = async () => (await app.fetch('GET', `/agents/${id}`)).headers.get('etag');
  const before = await tag();
  await app.ok('PATCH', `/agents/${id}`, { capabilities: ['a'], max_concurrent: 1, is_active: true });
  expect(await tag()).toBe(before);
  await app.ok('PATCH', `/agents/${id}`, { max_concurrent: 2 });
  expect(await tag()).not.toBe(before);
});
