import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectAgent } from '#client/client.ts';
import type { Agent } from '#schemas/resources.ts';
import { until } from '#test/support/until.ts';
import { CHROMIUM, expectAccessible, expectNoSidewaysScroll, SLOW_MS, Stage } from './support.ts';

describe.skipIf(CHROMIUM === null)('the fleet', { timeout: SLOW_MS }, () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.open();
  });
  afterAll(() => stage[Symbol.asyncDispose]());

  test('empty: three lines connect the first agent, and the page notices it', async () => {
    const page = await stage.admin('/ui/fleet');
    await page.getByRole('heading', { name: 'Connect your first agent' }).waitFor();
    await page.getByLabel('Name').fill('robin');
    await page.getByRole('textbox', { name: 'Capabilities' }).fill('python, creative writing');
    await page.getByRole('button', { name: 'Register' }).click();
    await page.getByText('Waiting for the first heartbeat of robin…').waitFor();
    await expectAccessible(page);
    const line = await page.getByRole('region', { name: 'Heartbeat' }).innerText();
    expect(line).toContain('"interval_seconds":1200'); // three of them may be missed: an hour
    const [, host, port, token] = /-h (\S+) -p (\d+) -u robin -P (psa_\S+)/.exec(line) ?? [];
    const client = await connectAgent({ url: `mqtt://${host}:${port}`, name: 'robin', token: token ?? '', intervalSeconds: 1 });
    await page.getByText('robin is here.').waitFor();
    const { items } = await stage.call<{ items: Agent[] }>('GET', '/agents');
    expect(items.find(({ name }) => name === 'robin')?.capabilities).toEqual(['python', 'creative writing']);
    await client.close();
  });

  test('is narrowed by the address, with counts', async () => {
    await stage.agent('anna', { capabilities: ['python'] });
    await stage.agent('ben', { capabilities: ['cooking'] });
    const page = await stage.admin('/ui/fleet?capability=python');
    await page.getByRole('article', { name: 'anna' }).waitFor();
    expect(await page.getByRole('article', { name: 'ben' }).count()).toBe(0);
    await page.getByRole('button', { name: 'cooking 1' }).click();
    await page.getByRole('article', { name: 'ben' }).waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('zzz');
    await page.getByText('No agent is like that').waitFor();
    expect(new URL(page.url()).search).toBe('?capability=cooking&q=zzz');
    await page.getByRole('button', { name: 'Show all' }).click();
    await page.getByRole('article', { name: 'Ruto' }).waitFor();
  });

  test('an agent is pinged, gets a task and a token, and is deactivated once that is meant', async () => {
    const { client } = await stage.agent('carl');
    const task = await stage.task('Feed the cat', { required_capabilities: ['no such'], escalation_chain: [] });
    const pinged = Promise.withResolvers<string>();
    client.onPing(({ task_name, kind }) => void (kind === 'manual' && pinged.resolve(task_name)));
    const page = await stage.admin('/ui/fleet');
    const act = async (name: string): Promise<void> => {
      await page.getByRole('button', { name: 'Actions for carl' }).click();
      await page.getByRole('menuitem', { name }).click();
    };
    await act('Give a task');
    await page
      .getByRole('dialog')
      .getByRole('button', { name: /Feed the cat/ })
      .click();
    await page.getByRole('article', { name: 'carl' }).getByRole('link', { name: 'Feed the cat' }).waitFor();
    await client.ack({ task_id: task.id });
    await page.getByRole('article', { name: 'carl' }).getByText('working').waitFor();
    await act('Deactivate…');
    await page.getByRole('button', { name: 'Keep it' }).click();
    await act('Ping now');
    expect(await pinged.promise).toBe('Feed the cat');
    await act('New token');
    await page.getByRole('button', { name: 'Make a new token' }).click();
    await page.getByRole('region', { name: 'Listen' }).getByText('-P psa_').waitFor();
    await page.keyboard.press('Escape');
    await act('Deactivate…');
    await page.getByRole('dialog').getByRole('button', { name: 'Deactivate' }).click();
    await page.getByRole('article', { name: 'carl' }).waitFor({ state: 'detached' });
    await until('deactivated', async () => (await stage.call<{ items: { name: string }[] }>('GET', '/agents')).items.every(({ name }) => name !== 'carl'));
    expect(stage.complaints).toEqual([]);
  });

  test('cards and list tell the same of an agent', async () => {
    const { client } = await stage.agent('dora', { capabilities: ['python', 'review', 'writing', 'chess', 'golf'], max_concurrent: 3 });
    for (const name of ['Write the report', 'Read the report']) await client.ack({ task_id: (await stage.task(name, { agent_name: 'dora' })).id });
    const page = await stage.admin('/ui/fleet');
    const dora = page.getByRole('article', { name: 'dora' });
    const tellsAll = async (): Promise<void> => {
      await dora.getByText('working').waitFor();
      await dora.getByRole('link', { name: 'Read the report' }).waitFor();
      await dora.getByRole('img', { name: /^Heartbeats in the last 60 minutes: 60 slots/ }).waitFor();
      expect(await dora.locator('[data-slot]').count()).toBe(60);
      expect(await dora.getByRole('list', { name: 'Capabilities' }).innerText()).toContain('python');
      const ages = dora.locator('time[title][datetime]').filter({ hasText: /ago|just now/ });
      await until('heard, and answered', async () => (await ages.count()) === 2);
    };
    await tellsAll();
    await dora.getByRole('link', { name: 'Write the report' }).waitFor();
    expect(await page.getByRole('article', { name: 'Ruto' }).getByText('MAIN').count()).toBe(1);
    for (const width of [1024, 1280, 1920, 390]) {
      await page.setViewportSize({ width, height: 800 });
      await page.goto('/ui/fleet?view=list');
      await tellsAll();
      await dora.getByRole('link', { name: '2 open' }).waitFor();
      expect(await page.getByRole('article', { name: 'Ruto' }).getByText('MAIN').count()).toBe(1);
      await expectNoSidewaysScroll(page);
    }
    await expectAccessible(page);
    // on a phone one line leads to the filters, and tells how many are set
    await page.goto('/ui/fleet?view=list&status=working&capability=chess');
    await dora.waitFor();
    expect(await page.getByRole('button', { name: /^working/ }).isVisible()).toBe(false);
    await page.getByRole('button', { name: 'Filters 2 set' }).click();
    await expectAccessible(page);
    await page.getByRole('button', { name: /^working/ }).click();
    await page.getByRole('button', { name: 'Filters 1 set' }).waitFor();
    await page.keyboard.press('?');
    const keys = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
    await keys.getByText('Next row').waitFor();
    expect(await keys.getByText('/', { exact: true }).count(), 'each key once, for what it does here').toBe(1);
  });

  test('hundreds are a list of which only what is seen is drawn, and the keyboard goes through it', async () => {
    for (let i = 0; i < 300; i += 20) await Promise.all(Array.from({ length: 20 }, (_, j) => stage.call('POST', '/agents', { name: `robot-${i + j}` })));
    const page = await stage.admin('/ui/fleet');
    await page.getByRole('article', { name: 'robot-7', exact: true }).waitFor();
    expect(await page.getByRole('article').count()).toBeLessThan(100);
    await page.evaluate('scrollTo(0, document.documentElement.scrollHeight)');
    await page.getByRole('article', { name: 'robot-299' }).waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('o');
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    await page.goBack();
    await page.getByRole('heading', { name: 'Fleet' }).waitFor();
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/ui/agents/*');
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
    await expectAccessible(page);
  });
});
