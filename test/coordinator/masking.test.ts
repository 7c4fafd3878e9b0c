import { expect, it } from 'vitest';
import type { Comment } from '#schemas/conversation.ts';
import { TestApp } from '#test/support/app.ts';
import { ADMIN } from '#test/support/config.ts';
import { SECOND } from '#test/support/facts.ts';
import { until } from '#test/support/until.ts';

/** Nothing that looks like a token is kept (contract §5), and what was kept as a hash is known again. */

const TOKENS = ['A', 'B'].map((letter) => `psa_${letter.repeat(43)}`);
const [TOKEN = '', OTHER = ''] = TOKENS;

/** Every table, as text. */
async function everything(app: TestApp): Promise<string> {
  const tables = await app.sql(`select name from sqlite_master where type = 'table'`);
  return JSON.stringify(await Promise.all(tables.map(({ name }) => app.sql(`select * from "${String(name)}"`))));
}

it('tokens are masked before they are kept', async () => {
  await using app = await TestApp.start();
  const alice = await app.join(await app.agent('alice'));
  await app.call('POST', '/tasks', { name: `use ${TOKEN}`, description: ADMIN, agent_name: 'alice' });
  await alice.say('ack', { note: `mine is ${TOKEN}, theirs ${ADMIN}`, message_id: 'a1' });
  await alice.hear('reply', (r) => r.message_id === 'a1');
  await alice.say('ack', { task_id: `${'x'.repeat(990)}${TOKEN}` }); // refused, and its excerpt is cut within the token
  await alice.say('complete', { result: { [TOKEN]: [TOKEN, { deep: ADMIN }] }, message_id: 'c1' });
  await alice.hear('reply', (r) => r.message_id === 'c1');
  for (const path of ['/events?limit=200', '/tasks', '/tasks/1', '/tasks/1/comments', '/tasks/1/assignments']) {
    const text = JSON.stringify((await app.call('GET', path)).body);
    expect(text).not.toContain(TOKEN.slice(0, 20));
    expect(text).not.toContain(ADMIN);
  }
  expect((await app.call('POST', '/agents', { name: TOKEN })).status).toBe(400);
  const refused = await app.call('POST', '/tasks', { name: 'n', agent_name: TOKEN });
  expect([refused.status, JSON.stringify(refused.body).includes(TOKEN)]).toEqual([404, false]);
  const login = await app.fetch('POST', '/session', { token: ADMIN }, { 'user-agent': `curl ${ADMIN}` });
  expect([login.status, (await login.text()).includes(ADMIN)]).toEqual([201, false]);
});

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
