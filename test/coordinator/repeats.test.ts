import { expect, it } from 'vitest';
import type { Comment } from '#schemas/conversation.ts';
import { TestApp } from '#test/support/app.ts';
import { SECOND } from '#test/support/facts.ts';
import { until } from '#test/support/until.ts';

/** What is sent again changes nothing (contract §1.5), and nothing of it that looks like a token is kept (§5). */

const TOKENS = ['A', 'B'].map((letter) => `psa_${letter.repeat(43)}`);
const [TOKEN = '', OTHER = ''] = TOKENS;

/** Every table, as text. */
async function everything(app: TestApp): Promise<string> {
  const tables = await app.sql(`select name from sqlite_master where type = 'table'`);
  return JSON.stringify(await Promise.all(tables.map(({ name }) => app.sql(`select * from "${String(name)}"`))));
}

it('a message id that looks like a token is kept as a hash, and its repetition is known all the same', async () => {
  await using app = await TestApp.start();
  const alice = await app.join(await app.agent('alice', { max_concurrent: 2 }));
  const [one, two] = [await app.task('alice'), await app.task('alice')];
  for (const [task, message_id] of [
    [one, TOKEN],
    [two, OTHER],
  ] as const) {
    await alice.say('ack', { task_id: task.id, message_id });
    const { body: first } = await alice.hear('reply', (r) => r.message_id === message_id);
    await app.clock.advance(SECOND);
    await alice.say('ack', { task_id: task.id, message_id });
    await alice.hear('reply', () => alice.on('reply').filter(({ body }) => body.message_id === message_id).length === 2);
    expect(alice.on('reply').at(-1)?.body).toEqual(first);
  }
  expect(await app.events('assignment.acknowledged')).toHaveLength(2);
  const kept = await everything(app);
  for (const token of TOKENS) expect(kept).not.toContain(token);
});

it('over REST, too: said again under another verb, it is told what was done, not what was asked', async () => {
  await using app = await TestApp.start();
  const { id } = await app.agent('alice', { max_concurrent: 2 });
  const [one, two] = [await app.task('alice'), await app.task('alice')];
  await app.ok('POST', `/agents/${id}/acknowledge`, { task_id: one.id, message_id: 'm' });
  const { body } = await app.call('POST', `/agents/${id}/complete`, { task_id: two.id, message_id: 'm' });
  expect(body).toMatchObject({ ok: true, command: 'ack', task_id: one.id, message: `Task ${one.id} acknowledged` });
});

it('a token that hides behind the escapes of JSON is masked in what is kept of a refused payload', async () => {
  await using app = await TestApp.start();
  const alice = await app.join(await app.agent('alice'));
  const escaped = [...TOKEN].map((c) => `\\u00${c.charCodeAt(0).toString(16)}`).join('');
  await alice.client.publishAsync('agents/alice/ack', `{"task_id": "${escaped}"}`, { qos: 1 });
  const [refused] = await until('refused', async () => ((await app.events('message.refused')).length > 0 ? app.events('message.refused') : undefined));
  expect(JSON.stringify(refused?.data)).toContain('***');
  expect(JSON.parse(`"${String(refused?.data['payload']).replaceAll('"', '')}"`)).not.toContain(TOKEN);
});

it('a session of heartbeats that is called like a token is kept as a hash, and its goodbye is known all the same', async () => {
  await using app = await TestApp.start();
  const alice = await app.join(await app.agent('alice'));
  await alice.beat({ session: TOKEN });
  await until('alice is supervised', async () => (await app.events('agent.online')).length === 1);
  await alice.say('heartbeat', { status: 'offline', session: OTHER }); // of another session: nothing
  await alice.say('heartbeat', { status: 'offline', session: TOKEN });
  await until('her goodbye is kept', async () => (await app.sql('select in_grace from agent where id = 2'))[0]?.['in_grace'] === 1);
  const kept = await everything(app);
  for (const token of TOKENS) expect(kept).not.toContain(token);
});

it('what is kept for an idempotency key has no token in it, and a comment is answered as it was kept', async () => {
  await using app = await TestApp.start();
  const alice = await app.agent('alice');
  const task = await app.task('alice');
  const post = (path: string, body: object, key: string) => app.fetch('POST', path, body, { 'idempotency-key': key });
  const added = (await (await post(`/tasks/${task.id}/comments`, { content: `use ${TOKEN}` }, 'k1')).json()) as Comment; // as: what this path answers
  expect(added.content).toBe('use psa_***');
  expect((await app.ok<{ items: Comment[] }>('GET', `/tasks/${task.id}/comments`)).items).toEqual([{ ...added, message: undefined }]);
  expect(await (await post(`/tasks/${task.id}/comments`, { content: `use ${TOKEN}` }, 'k1')).json()).toEqual(added);
  const path = `/agents/${alice.id}/acknowledge`;
  for (const status of [200, 409]) {
    const body = status === 200 ? { message_id: TOKEN } : { message_id: OTHER, task_id: task.id, assignment_id: 999 };
    const answer = await post(path, body, `ack ${status}`);
    // errors have no token in them, not even one that the asker sent
    expect([answer.status, await answer.json()]).toMatchObject([status, { message_id: status === 200 ? TOKEN : 'psa_***' }]);
  }
  const kept = await everything(app);
  for (const token of TOKENS) expect(kept).not.toContain(token);
});

it('what was refused once is not done at its repetition, though it would be allowed by then and was one of too many to be kept', async () => {
  await using app = await TestApp.start();
  const alice = await app.join(await app.agent('alice', { max_concurrent: 2 }));
  await app.agent('bob');
  const task = await app.task('bob');
  for (let i = 1; i <= 70; i += 1) await alice.say('ack', { task_id: task.id, message_id: `m${i}` });
  const { body: refused } = await alice.hear('reply', (r) => r.message_id === 'm70');
  expect(refused).toMatchObject({ ok: false, error: { code: 'no_open_assignment' } });
  expect(await app.events('message.refused')).toHaveLength(60);
  await app.ok('POST', `/tasks/${task.id}/assign`, { agent_name: 'alice' });
  for (const message_id of ['m1', 'm70']) await alice.say('ack', { task_id: task.id, message_id });
  const replies = (message_id: string) => alice.on('reply').filter(({ body }) => body.message_id === message_id);
  await alice.hear('reply', () => replies('m70').length === 2 && replies('m1').length === 2);
  expect(replies('m70').map(({ body }) => body)).toEqual([refused, refused]);
  expect(await app.assignment(task)).toMatchObject({ agent_name: 'alice', status: 'pending' });
  await alice.say('ack', { task_id: task.id, message_id: 'a new one' });
  expect(await app.assignment(task)).toMatchObject({ status: 'acknowledged' });
});

it('a late result is kept once, however often it is sent; another one is kept, too', async () => {
  await using app = await TestApp.start();
  const alice = await app.join(await app.agent('alice'));
  await app.agent('bob');
  const task = await app.task('alice');
  await app.ok('POST', `/tasks/${task.id}/assign`, { agent_name: 'bob' });
  const late = async () =>
    (await app.ok<{ items: Comment[] }>('GET', `/tasks/${task.id}/comments`)).items.filter(({ author }) => author === 'alice').map(({ content }) => content);
  const say = async (result: unknown, times: number): Promise<void> => {
    const answers = () => alice.on('reply').filter(({ body }) => body.command === 'complete');
    const before = answers().length;
    await Promise.all(Array.from({ length: times }, () => alice.say('complete', { task_id: task.id, result })));
    await alice.hear('reply', () => answers().length === before + times);
    expect(answers().at(-1)?.body).toMatchObject({ ok: false, error: { code: 'assignment_closed' }, instruction: 'stop_work' });
  };
  await say({ pages: 3 }, 3);
  await say(`with ${TOKEN}`, 1);
  await say(`with ${TOKEN}`, 2);
  await say({ pages: 4 }, 2);
  await say({ pages: 3 }, 1);
  expect(await late()).toEqual(['Late result from alice: {"pages":3}', 'Late result from alice: "with psa_***"', 'Late result from alice: {"pages":4}']);
});
