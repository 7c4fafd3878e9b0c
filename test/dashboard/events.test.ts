import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '#test/support/until.ts';
import { CHROMIUM, expectAccessible, expectNoSidewaysScroll, PHONE, SLOW_MS, Stage } from './support.ts';

describe.skipIf(CHROMIUM === null)('events', { timeout: SLOW_MS }, () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.open();
  });
  afterAll(() => stage[Symbol.asyncDispose]());

  test('tells what happened, live, narrowed by the address, opened to all that was written', async () => {
    const { client, made } = await stage.agent('alice');
    const other = await stage.task('Something else');
    const page = await stage.admin('/ui/events');
    const list = page.getByRole('list', { name: 'Events, newest first' });
    await list.getByText('alice was registered').waitFor();
    const task = await stage.task('Write <b>the</b> report', { agent_name: 'alice' });
    await client.ack({ task_id: task.id, note: 'on it' });
    const acked = list.getByRole('listitem').filter({ hasText: 'acknowledges' });
    await acked.getByText('Write <b>the</b> report').waitFor();
    await acked.getByRole('button', { name: /Details of event/ }).click();
    await acked.getByText('"note": "on it"').waitFor();
    await acked.getByText(`alice, over MQTT, with token ${made.token_id}`).waitFor();
    await expectAccessible(page);

    await page.getByLabel('Kind', { exact: true }).selectOption('assignment.*');
    await page.getByLabel('Agent', { exact: true }).selectOption('alice');
    await page.getByLabel('Task number').fill(String(task.id));
    await until('the address', () => page.url().endsWith(`kind=assignment.*&agent=alice&task=${task.id}`));
    await until('narrowed', async () => (await list.getByRole('listitem').count()) === 3);
    await page.getByLabel('Search what is loaded').fill('acknowledged alice');
    await until('searched', async () => (await list.getByRole('listitem').count()) === 1);
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await list.getByRole('link', { name: 'Something else' }).first().waitFor();
    expect(await list.getByRole('link', { name: 'Something else' }).first().getAttribute('href')).toBe(`/ui/tasks/${other.id}`);
    expect(await list.getByRole('link', { name: 'alice' }).first().getAttribute('href')).toBe(`/ui/agents/${made.id}`);
    expect(stage.complaints).toEqual([]);
  });

  test('older ones on demand, each once; on a phone', async () => {
    for (let n = 0; n < 60; n++) await stage.task(`Task ${n}`, { is_ping_enabled: false });
    const all = (await stage.call<{ items: unknown[] }>('GET', '/events?kind=task.*&limit=200')).items.length;
    const page = await stage.admin('/ui/events?kind=task.*', PHONE);
    const count = async (of: Page): Promise<number> => Number((await of.locator('[data-count]').getAttribute('data-count', { timeout: 10_000 })) ?? -1);
    await until('read', async () => (await count(page)) > 0);
    await stage.task('The very first', { is_ping_enabled: false });
    for (let n = 0; n < 45; n++) await stage.call('PATCH', `/tasks/${n + 3}`, { priority: n + 1 });
    await until('live', async () => (await count(page)) === all + 46);
    const again = await stage.admin('/ui/events?kind=task.*', PHONE);
    const shown = again.getByRole('list', { name: 'Events, newest first' }).getByRole('listitem');
    await until('a page', async () => (await count(again)) === 100);
    expect(await shown.count()).toBeLessThan(60); // what is near the window
    await again.getByRole('button', { name: 'Older events' }).click();
    await until('all', async () => (await count(again)) === all + 46);
    expect(await again.getByRole('button', { name: 'Older events' }).count()).toBe(0);
    await expectNoSidewaysScroll(again);
    await again.getByLabel('Search what is loaded').fill('"Task 59"');
    await until('few', async () => (await shown.count()) < 5);
    await expectAccessible(again);
  });
});
