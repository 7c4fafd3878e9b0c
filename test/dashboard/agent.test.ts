import { connectAsync } from 'mqtt';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectAgent } from '#client/client.ts';
import type { AgentCreated } from '#schemas/resources.ts';
import { ADMIN } from '#test/support/config.ts';
import { until } from '#test/support/until.ts';
import { CHROMIUM, expectAccessible, expectNoSidewaysScroll, logIn, PHONE, SLOW_MS, Stage } from './support.ts';

describe.skipIf(CHROMIUM === null)('an agent', { timeout: SLOW_MS }, () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.open();
  });
  afterAll(() => stage[Symbol.asyncDispose]());

  test('shows its life, its work, its pings with their receipts, and what goes over the wire', async () => {
    const { client, made } = await stage.agent('alice', { capabilities: ['python'] });
    const page = await stage.admin(`/ui/agents/${made.id}`);
    await page.getByRole('img', { name: /The last .*online/ }).waitFor();
    const messages = page.getByRole('region', { name: 'Messages', exact: true });
    const list = messages.getByRole('list', { name: 'Messages, newest first' });
    await messages.getByText(/^The last .*heartbeat/).waitFor();
    const [one, two] = [await stage.task('One', { agent_name: 'alice' }), await stage.task('Two <i>x</i>', { agent_name: 'alice' })];
    await client.ack({ task_id: one.id });
    await client.ack({ task_id: two.id });
    const pings = page.getByRole('region', { name: 'Pings, newest first' });
    await until('every receipt', async () => (await pings.getByText(/^after /).count()) === 6);
    await page.getByRole('region', { name: 'Assignments' }).getByText('acknowledged').first().waitFor();
    await page.getByText(/^2 answers: half within/).waitFor();
    await page.locator('.plot canvas').waitFor();
    // Newest first, each once, whether it was there before the page or came while it was open.
    const kinds = async () => (await list.getByRole('button').allInnerTexts()).map((text) => /\b(ping|ack|reply)\b/.exec(text)?.[0]);
    await until('both answers', async () => (await list.getByText('reply', { exact: true }).count()) === 2);
    expect((await kinds()).toSorted()).toEqual(['ack', 'ack', 'ping', 'ping', 'reply', 'reply']);
    await until('what became of them', async () => (await list.getByText('received').count()) === 4 && (await list.getByText('taken').count()) === 2);
    expect(await page.getByRole('region', { name: 'mosquitto_sub' }).textContent()).toMatch(
      /^mosquitto_sub -h 127\.0\.0\.1 -p \d+ -u alice .* -t 'agents\/alice\/#'$/,
    );
    await expectAccessible(page);

    await page.getByRole('button', { name: 'Ping', exact: true }).click();
    await pings.getByText('manual').waitFor();
    await page.getByRole('button', { name: 'Ping about One' }).click();
    await until('pinged', async () => (await pings.getByText('manual').count()) === 2);
    await client.close();
    expect(stage.complaints).toEqual([]);
  });

  test('what went over the wire before the page was opened, in full and to say again; who reads the page later sees what comes later', async () => {
    const { client, made } = await stage.agent('wilma');
    const task = await stage.task('Told before', { agent_name: 'wilma' });
    await client.ack({ task_id: task.id, note: 'it’s "mine"' });
    const page = await stage.admin(`/ui/agents/${made.id}`);
    const list = page.getByRole('list', { name: 'Messages, newest first' });
    await list.getByRole('button', { name: /ack .*taken/ }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('Taken, and its effect is committed.').waitFor();
    expect(await dialog.getByRole('region', { name: 'Payload' }).textContent()).toContain('\n  "note": "it’s \\"mine\\""');
    expect(await dialog.getByRole('region', { name: 'mosquitto_pub' }).textContent()).toMatch(/ -u wilma -P "\$TOKEN" -q 1 -t agents\/wilma\/ack -m '\{/);
    await expectAccessible(page);
    await page.keyboard.press('Escape');
    const listener = await connectAsync(stage.mqtt, { username: 'wilma', password: made.token, clientId: 'wilma-by-hand', reconnectPeriod: 0 });
    listener.on('error', () => {}); // it is hung up on
    await listener.publishAsync('agents/wilma/snooze', 'no JSON', { qos: 1 });
    await list.getByRole('button', { name: /snooze no JSON refused/ }).click();
    await dialog.getByText('invalid_payload').waitFor();
    await page.keyboard.press('Escape');
    listener.publish('agents/nobody/ack', '{}', { qos: 1 });
    await list.getByRole('button', { name: /agents\/nobody\/ack/ }).click();
    await dialog.getByText('forbidden').waitFor();
    expect(await dialog.getByRole('region', { name: 'mosquitto_pub' }).count()).toBe(0);
    await page.keyboard.press('Escape');
    await page.getByText('How the last one ended').click();
    await page.getByText('it sent what may not be sent').waitFor();
    await client.close();
    expect(stage.complaints).toEqual([]);
  });

  test('its connections: none, one that does not hear its pings, one that is away while pings wait, one that may not come in', async () => {
    const made = await stage.call<AgentCreated>('POST', '/agents', { name: 'carl' });
    const page = await stage.admin(`/ui/agents/${made.id}`);
    const connections = page.getByRole('region', { name: 'Connections', exact: true });
    await connections.getByText('It is not connected over MQTT').waitFor();
    await page.getByText('Nothing went over the wire').waitFor();
    await expectAccessible(page);
    await stage.task('Nobody hears', { agent_name: 'carl' });
    await page.getByRole('button', { name: /ping .*unheard/ }).waitFor();
    const options = { username: 'carl', password: made.token, clientId: 'carl-1', clean: false, reconnectPeriod: 0 };
    const link = await connectAsync(stage.mqtt, options);
    await connections.getByText('carl-1').waitFor();
    await connections.getByText(/It does not hear its pings/).waitFor();
    await link.subscribeAsync('agents/carl/+', { qos: 0 });
    await connections.getByText(/at QoS 0 alone/).waitFor();
    await link.subscribeAsync('agents/carl/#', { qos: 1 });
    await until('all is well', async () => (await connections.getByText(/It does not hear|QoS 0 alone/).count()) === 0);
    await link.endAsync();
    await connections.getByText('away').waitFor();
    await stage.call('POST', '/tasks', { name: 'Waits', agent_name: 'carl' });
    await connections.getByText('1 message waiting for it').waitFor();
    await expect(connectAsync(stage.mqtt, { ...options, password: 'psa_wrong' }, false)).rejects.toThrow();
    await connections.getByText('wrong token').waitFor();
    await expectAccessible(page);
    expect(stage.complaints).toEqual([]);
  });

  test('the receipts of a ping count from the asking, and of one that is settled nothing more is expected', async () => {
    const made = await stage.call<AgentCreated>('POST', '/agents', { name: 'gina' });
    const task = await stage.task('Asked twice', { agent_name: 'gina' });
    await stage.call('POST', `/tasks/${task.id}/ping`);
    const page = await stage.admin(`/ui/agents/${made.id}`);
    const pings = page.getByRole('region', { name: 'Pings, newest first' });
    const cells = async (row: string) => (await pings.getByRole('row').filter({ hasText: row }).getByRole('cell').allInnerTexts()).slice(3);
    await pings.getByText('manual').waitFor();
    expect((await cells('assigned')).slice(1)).toEqual(['no receipt: superseded', 'not yet']);
    expect((await cells('manual')).slice(1)).toEqual(['not yet', 'not yet']);

    const client = await connectAgent({ url: stage.mqtt, name: 'gina', token: made.token });
    await pings.getByText('resent').waitFor();
    await until('delivered', async () => /^after/.test((await cells('resent'))[1] ?? ''));
    await client.ack({ task_id: task.id });
    await until('answered', async () => /^after/.test((await cells('assigned'))[2] ?? ''));
    for (const row of ['assigned', 'manual']) expect((await cells(row))[1]).toBe('no receipt: another attempt was answered');
    await client.close();

    // The same answer with times that leave no doubt: this machine is too fast for the difference to show each time.
    await page.route(/\/agents\/\d+\/pings/, async (route) => {
      const answer = await route.fetch();
      const { items } = await answer.json();
      const after = (ms: number) => new Date(Date.parse(items[0].created_at) + ms).toISOString();
      items[0] = { ...items[0], published_at: after(41), delivered_at: after(43), answered_at: after(60) };
      await route.fulfill({ response: answer, json: { items, next_cursor: null } });
    });
    await page.reload();
    await pings.getByText('after 41 ms').waitFor();
    expect(await cells('resent')).toEqual(['after 41 ms', 'after 43 ms', 'after 60 ms']);
    await stage.call('PATCH', `/tasks/${task.id}`, { status: 'cancelled' });
  });

  test('names the tasks that were closed long ago, also to who logs in anew', async () => {
    const { client, made } = await stage.agent('dora', { max_concurrent: 20 });
    for (let n = 0; n < 12; n += 1) {
      const task = await stage.task(`Old ${n}`, { agent_name: 'dora' });
      await client.complete({ task_id: task.id });
    }
    const page = await stage.admin(`/ui/agents/${made.id}`);
    const work = page.getByRole('region', { name: 'Assignments' });
    const named = () => until('all named', async () => (await work.getByRole('link', { name: /^Old \d+$/ }).count()) === 10);
    await named();
    await page.getByRole('button', { name: 'Log out' }).click();
    await logIn(page, ADMIN);
    await named();
    await client.close();
  });

  test('is edited, gets a new token that is shown once, and is switched off and on', async () => {
    const { made } = await stage.agent('bob');
    const page = await stage.admin(`/ui/agents/${made.id}`);
    await page.getByRole('button', { name: 'Edit' }).click();
    await page.getByLabel('Tasks at once').fill('0');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('alert').getByText('max_concurrent').waitFor();
    await page.getByLabel('Tasks at once').fill('4');
    await page.getByLabel('Capabilities').fill('rust, data entry');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('rust, data entry').waitFor();
    expect(await stage.call('GET', `/agents/${made.id}`)).toMatchObject({ max_concurrent: 4, capabilities: ['rust', 'data entry'] });

    await page.getByRole('button', { name: 'New token' }).click();
    await page.getByRole('button', { name: 'Make a new token' }).click();
    const line = (await page.getByRole('region', { name: 'Listen' }).textContent()) ?? '';
    const token = /-P (\S+)/.exec(line)?.[1];
    expect(token).not.toBe(made.token);
    expect((await fetch(`${stage.base}/session`, { headers: { authorization: `Bearer ${token}` } })).status).toBe(200);
    await page.keyboard.press('Escape');

    await page.getByRole('button', { name: 'Deactivate' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Deactivate' }).click();
    await page.getByRole('button', { name: 'Activate', exact: true }).click();
    await page.getByRole('button', { name: 'Deactivate' }).waitFor();
    expect(await stage.call('GET', `/agents/${made.id}`)).toMatchObject({ is_active: true });
    expect(stage.complaints).toEqual([]);
  });

  test('on a phone; and one that is not there', async () => {
    const name = `long-${'x'.repeat(55)}`;
    const { made } = await stage.agent(name);
    await stage.task(`A${'very'.repeat(60)}long name`, { agent_name: name });
    const page = await stage.admin(`/ui/agents/${made.id}`, { ...PHONE, viewport: { width: 320, height: 700 } });
    await page.getByRole('region', { name: 'Pings, newest first' }).waitFor();
    await expectNoSidewaysScroll(page);
    await expectAccessible(page);
    await page.goto('/ui/agents/987654');
    await page.getByText('There is no such agent').waitFor();
  });
});
