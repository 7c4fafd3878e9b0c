import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ADMIN } from '#test/support/config.ts';
import { until } from '#test/support/until.ts';
import { CHROMIUM, expectAccessible, logIn, SLOW_MS, Stage } from './support.ts';

describe.skipIf(CHROMIUM === null)('the dashboard', { timeout: SLOW_MS }, () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.open();
  });
  afterAll(() => stage[Symbol.asyncDispose]());

  test('asks for a token, takes no wrong one, and then shows who is there', async () => {
    await using made = await stage.agent('alice').then(({ client }) => ({ [Symbol.asyncDispose]: () => client.close() }));
    expect(made).toBeDefined();
    const page = await stage.newPage();
    await page.goto('/ui/fleet');
    await page.getByLabel('Token').fill('wrong');
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByRole('alert').getByText('opens nothing').waitFor();
    await expectAccessible(page);
    await logIn(page, ADMIN);
    expect(new URL(page.url()).pathname).toBe('/ui/fleet');
    await page.getByRole('link', { name: 'alice' }).waitFor();
    await page.getByRole('link', { name: 'Ruto' }).waitFor();
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByLabel('Token').waitFor();
    expect(stage.complaints).toEqual([]);
  });

  test('leaves the browser’s console clean: at a first visit, logging in, coming back, logging out', async () => {
    const page = await stage.newPage();
    const said: string[] = [];
    page.on('console', (message) => void (['error', 'warning'].includes(message.type()) && said.push(`${message.text()} ${message.location().url}`)));
    const isIn = (): Promise<void> => page.getByRole('navigation', { name: 'Main' }).waitFor();
    await page.goto('/ui/fleet');
    await page.getByLabel('Token').waitFor();
    await page.reload();
    await logIn(page, ADMIN);
    await page.reload();
    await isIn();
    await page.goto('about:blank');
    await page.goBack(); // the page may be the one that was sent before somebody logged in
    await isIn();
    await page.goto('/');
    await isIn();
    await page.getByText('live', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByLabel('Token').waitFor();
    await page.reload();
    await page.getByLabel('Token').waitFor();
    await page.goto('/ui/tasks');
    await page.getByLabel('Token').waitFor();
    expect(said).toEqual([]);
  });

  test('shows at once what agents do over MQTT', async () => {
    const page = await stage.admin('/ui/fleet');
    const { client } = await stage.agent('bob');
    const bob = page.getByRole('article', { name: 'bob' });
    await bob.getByText('idle').waitFor();
    const task = await stage.task('Water the plants', { agent_name: 'bob' });
    await bob.getByText('busy').waitFor();
    await client.ack({ task_id: task.id });
    await bob.getByText('working').waitFor();
    await bob.getByRole('link', { name: 'Water the plants' }).first().waitFor();
    expect(stage.complaints).toEqual([]);
  });

  test('says since when it is not live, and takes up again what it missed', async () => {
    const page = await stage.admin('/ui/fleet');
    await page.getByText('live', { exact: true }).waitFor();
    await page.context().setOffline(true);
    await page.getByRole('alert').getByText('Connection lost').waitFor();
    await stage.call('POST', '/agents', { name: 'carol' });
    await page.context().setOffline(false);
    await page.getByRole('link', { name: 'carol' }).waitFor();
    await until('no banner', async () => (await page.getByText('Connection lost').count()) === 0);
  });

  test('asks every few seconds where WebSockets are blocked', async () => {
    const page = await stage.newPage();
    await page.routeWebSocket('**/ws*', (socket) => socket.close());
    await page.goto('/ui/fleet');
    await logIn(page, ADMIN);
    await page.getByText('The live connection is blocked').waitFor();
    const { client } = await stage.agent('dan');
    const dan = page.getByRole('article', { name: 'dan' });
    await dan.getByText('idle').waitFor();
    const task = await stage.task('Knock', { agent_name: 'dan' });
    await dan.getByText('busy').waitFor();
    await client.ack({ task_id: task.id });
    await dan.getByText('working').waitFor();
    await dan.getByRole('link', { name: 'Knock' }).waitFor();
    expect(stage.complaints).toEqual([]);
  });

  test('a one-time address logs in, and its code leaves the address bar', async () => {
    const page = await stage.newPage();
    await page.goto(`/#code=${stage.newLoginCode()}`);
    await page.getByRole('navigation', { name: 'Main' }).waitFor();
    expect(new URL(page.url()).hash).toBe('');
  });
});
