import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Change } from '#domain/draft.ts';
import { openStorage } from '#storage/open.ts';
import { writeChanges } from '#storage/write.ts';
import { ADMIN, temporaryDir, testConfig } from '#test/support/config.ts';
import { T0, taskRow } from '#test/support/rows.ts';
import { until } from '#test/support/until.ts';
import { CHROMIUM, logIn, SLOW_MS, Stage } from './support.ts';

const DONE = 1_250;
const CANCELLED = 230;
const task = (id: number, more: Parameters<typeof taskRow>[1]): Change => ({
  op: 'insert',
  table: 'task',
  row: taskRow(id, { is_ping_enabled: false, closed_at: T0, ...more }),
});

describe.skipIf(CHROMIUM === null)('more tasks than are read', { timeout: SLOW_MS }, () => {
  let stage: Stage;
  let dir: Awaited<ReturnType<typeof temporaryDir>>;
  beforeAll(async () => {
    dir = await temporaryDir();
    const { database, dataDir } = testConfig(dir.path);
    await using storage = await openStorage({ database, dataDir });
    const done = Array.from({ length: DONE }, (_, i) => task(i + 1, { status: 'done', name: i < 300 ? `Rare ${i}` : `Closed ${i}` }));
    const cancelled = Array.from({ length: CANCELLED }, (_, i) => task(DONE + i + 1, { status: 'cancelled' }));
    await storage.em().transactional((em) => writeChanges(em, [...done, ...cancelled]));
    stage = await Stage.open({ DATA_DIR: dir.path });
  }, SLOW_MS);
  afterAll(async () => {
    await stage[Symbol.asyncDispose]();
    await dir[Symbol.asyncDispose]();
  });

  test('are counted all the same, and live; what is not counted says so', async () => {
    const open = await stage.task('Still open', { is_ping_enabled: false });
    const page = await stage.admin('/ui/tasks?view=board');
    const head = (text: string) => page.getByRole('region', { name: text, exact: true });
    await head('Done 1,480').waitFor();
    await head('To do 1').waitFor();
    await page.getByRole('button', { name: 'All 1,480 in the list' }).waitFor();
    await page.getByRole('button', { name: 'Done 1,480' }).waitFor();
    await stage.call('PATCH', `/tasks/${open.id}`, { status: 'done' });
    await head('Done 1,481').waitFor();
    await head('To do 0').waitFor();
    await stage.call('DELETE', `/tasks/${open.id}`);
    await head('Done 1,480').waitFor();

    const search = page.getByRole('searchbox', { name: 'Search by id or text' });
    await search.fill('rare');
    await head('Done 200+').waitFor();
    await search.fill('rare 29');
    await head('Done 11').waitFor();
    await search.fill('');
    await page.getByRole('combobox', { name: 'Attention', exact: true }).selectOption('true');
    await head('Done 0').waitFor();
    await page.getByRole('combobox', { name: 'Attention', exact: true }).selectOption('false');
    await head('Done 1,480').waitFor();
    expect(stage.complaints).toEqual([]);
  });

  test('are listed down to the oldest, cancelled ones, too', async () => {
    const page = await stage.admin('/ui/tasks?view=list&status=cancelled');
    const rows = page.getByRole('list', { name: 'Tasks' }).getByRole('listitem');
    await rows.first().waitFor();
    const older = page.getByRole('button', { name: 'Older closed tasks' });
    for (let pages = 1; pages < CANCELLED / 100; pages += 1) await older.click();
    await until('all of them', async () => (await rows.first().getAttribute('aria-setsize')) === String(CANCELLED));
    expect(await older.count()).toBe(0);
  });

  test('are not taken for none before they were read: their column is not narrow for a moment', async () => {
    const page = await stage.newPage();
    const held = Promise.withResolvers<void>();
    await page.route(/\/tasks\?status=(done|cancelled)/, (route) => held.promise.then(() => route.continue()));
    await page.goto('/ui/tasks?view=board');
    await logIn(page, ADMIN);
    await page.locator('.board-column[data-empty][aria-labelledby="column-pending"]').waitFor();
    const done = page.locator('.board-column[aria-labelledby="column-done"]');
    expect(await done.getAttribute('data-empty')).toBeNull();
    held.resolve();
    await done.getByRole('article').first().waitFor();
    expect(await done.getAttribute('data-empty')).toBeNull();
  });
});
