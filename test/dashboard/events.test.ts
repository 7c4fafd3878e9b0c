import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Change } from '#domain/draft.ts';
import { openStorage } from '#storage/open.ts';
import { writeChanges } from '#storage/write.ts';
import { temporaryDir, testConfig } from '#test/support/config.ts';
import { eventRow } from '#test/support/rows.ts';
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
    await page.getByLabel('Search all events').fill('acknowledged alice');
    await until('searched', async () => (await list.getByRole('listitem').count()) === 1);
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await list.getByRole('link', { name: 'Something else' }).first().waitFor();
    expect(await list.getByRole('link', { name: 'Something else' }).first().getAttribute('href')).toBe(`/ui/tasks/${other.id}`);
    expect(await list.getByRole('link', { name: 'alice' }).first().getAttribute('href')).toBe(`/ui/agents/${made.id}`);
    expect(stage.complaints).toEqual([]);
  });

  test('what went wrong, from the overview on, and live', async () => {
    const { client } = await stage.agent('bea');
    const task = await stage.task('Lift the piano', { agent_name: 'bea' });
    await client.fail({ task_id: task.id, reason: 'too heavy' });
    const page = await stage.admin('/');
    await page.getByRole('link', { name: 'All of them' }).click();
    const items = page.getByRole('list', { name: 'Events, newest first' }).getByRole('listitem');
    await until('told', async () => (await items.count()) === 2);
    expect(await page.getByLabel('Kind', { exact: true }).locator('option:checked').textContent()).toBe('What went wrong');
    const next = await stage.task('Lift the organ', { agent_name: 'bea' });
    await client.fail({ task_id: next.id });
    await until('live', async () => (await items.count()) === 4);
    expect(await items.filter({ hasText: 'New task' }).count()).toBe(0);
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
    await again.getByLabel('Search all events').fill('"Task 59"');
    await until('few', async () => (await shown.count()) < 5);
    await expectAccessible(again);
  });
});

/** Between two events of the past: a search that reads so many ids is answered in pieces. */
const APART = 100;
const PAST = 3_500;

describe.skipIf(CHROMIUM === null)('events of long ago', { timeout: SLOW_MS }, () => {
  let stage: Stage;
  let dir: Awaited<ReturnType<typeof temporaryDir>>;
  beforeAll(async () => {
    dir = await temporaryDir();
    const { database, dataDir } = testConfig(dir.path);
    await using storage = await openStorage({ database, dataDir });
    const row = (i: number): Change => {
      const said = i === 3 ? { note: 'The Needle, Łódź' } : i === 4 ? { payload: 'far below all of the hay lies a pin' } : { note: `hay ${i}` };
      return { op: 'insert', table: 'event', row: eventRow(i * APART, { kind: 'assignment.acknowledged', at: Date.now() - 3_600_000 + i, data: said }) };
    };
    const rows = Array.from({ length: PAST }, (_, i) => row(i + 1));
    await storage.em().transactional((em) => writeChanges(em, rows));
    stage = await Stage.open({ DATA_DIR: dir.path });
  }, SLOW_MS);
  afterAll(async () => {
    await stage[Symbol.asyncDispose]();
    await dir[Symbol.asyncDispose]();
  });

  const stateOf = (page: Page) => page.locator('main [data-state]').getAttribute('data-state', { timeout: 10_000 });
  const search = (page: Page, q: string) => page.getByRole('searchbox', { name: 'Search all events' }).fill(q);

  test('are found far beyond the first page, and what comes in live is, if it fits', async () => {
    const page = await stage.admin('/ui/events');
    const list = page.getByRole('list', { name: 'Events, newest first' });
    await list.getByText(`hay ${PAST}`).waitFor();
    await search(page, 'łÓDź needle');
    await list.getByText('The Needle, Łódź').waitFor();
    await page.getByText('1 event found in all that is kept').first().waitFor();
    expect(new URL(page.url()).searchParams.get('q')).toBe('łÓDź needle');
    await search(page, '"a pin"');
    await list.getByText('payload: far below all of the hay lies a pin').waitFor();
    await until('marked', async () => (await page.evaluate('[...(CSS.highlights.get("found") ?? [])].join()')) === 'a pin');

    await stage.task('Another one', { is_ping_enabled: false });
    await stage.task('Buy A PIN', { is_ping_enabled: false });
    await list.getByText('Buy A PIN').waitFor();
    expect(await list.getByRole('listitem').count()).toBe(2);
    await expectAccessible(page);
    await page.reload();
    await list.getByText('far below all of the hay').waitFor();
    await search(page, 'nothing "like it"');
    await page.getByText('Every event that is kept was searched for “nothing” and “like it”.').waitFor();
    await expectAccessible(page);
    expect(stage.complaints).toEqual([]);
  });

  test('from before a moment: neither what came later nor what comes now', async () => {
    const page = await stage.admin('/ui/events');
    const list = page.getByRole('list', { name: 'Events, newest first' });
    await list.getByText('Ruto was registered').waitFor();
    const halfAnHourAgo = new Date(Date.now() - 1_800_000 - new Date(Date.now()).getTimezoneOffset() * 60_000);
    await page.getByLabel('Before').fill(halfAnHourAgo.toISOString().slice(0, 16));
    await until('the past', async () => ((await list.getByRole('listitem').first().textContent()) ?? '').includes(`hay ${PAST}`));
    await stage.task('Too late', { is_ping_enabled: false });
    await search(page, 'hay 1234');
    await page.getByText('1 event found in all that is kept').first().waitFor();
    await search(page, '"too late"');
    await page.getByText(/^Every event that is kept from before .* was searched for “too late”\.$/).waitFor();
    expect(new URL(page.url()).searchParams.get('until')).toMatch(/:00\.000Z$/);
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await list.getByText('Too late').waitFor();
    expect(await page.getByLabel('Before').inputValue()).toBe('');
  });

  test('a search can be stopped, goes on from there, and gives way to the next one', async () => {
    const page = await stage.admin('/ui/events', PHONE);
    const held = Promise.withResolvers<void>();
    await page.route(/\/events\?.*q=absent.*cursor=/, (route) => held.promise.then(() => route.continue()).catch(() => {}));
    await search(page, 'absent');
    await page
      .getByText(/^0 events found, searched back to /)
      .first()
      .waitFor();
    await expectNoSidewaysScroll(page);
    await page.getByRole('button', { name: 'Stop' }).click();
    await until('stopped', async () => (await stateOf(page)) === 'more');
    await page
      .getByText(/^0 events found, newest first; searched back to /)
      .first()
      .waitFor();
    expect(await page.getByRole('button', { name: 'Stop' }).count()).toBe(0);
    await page.getByRole('button', { name: 'Search older events' }).click();
    await until('going on', async () => (await stateOf(page)) === 'reading');
    await search(page, 'Needle');
    await page.getByText('The Needle').waitFor();
    await until('done', async () => (await stateOf(page)) === 'end');
    held.resolve();
    await search(page, 'absent');
    await page.getByText('No event is like that').waitFor();
    await search(page, 'a b c d e f g h i');
    await page.getByRole('alert').getByText('q must be 8 words at most').waitFor();
  });
});
