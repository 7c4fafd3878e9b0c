import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '#test/support/until.ts';
import { CHROMIUM, SLOW_MS, Stage } from './support.ts';

const AGENTS = 400;
const TASKS = 600;
const AT_ONCE = 20;

describe.skipIf(CHROMIUM === null)('a large fleet', { timeout: SLOW_MS }, () => {
  let stage: Stage;
  let page: Page;
  beforeAll(async () => {
    stage = await Stage.open();
    await many(AGENTS, (i) => stage.call('POST', '/agents', { name: `robot-${i}`, capabilities: [`c${i % 3}`] }));
    await many(TASKS, (i) => stage.task(`Task ${i}`, { agent_name: `robot-${i % AGENTS}` }));
    page = await stage.admin('/ui/fleet?view=cards');
  }, SLOW_MS);
  afterAll(() => stage[Symbol.asyncDispose]());

  async function many(count: number, make: (i: number) => Promise<unknown>): Promise<void> {
    for (let i = 0; i < count; i += AT_ONCE) await Promise.all(Array.from({ length: AT_ONCE }, (_, k) => make(i + k)));
  }
  const nodes = (): Promise<number> => page.evaluate('document.querySelectorAll("main *").length');
  const toEnd = (): Promise<void> => page.evaluate('scrollTo(0, document.documentElement.scrollHeight)');

  test('as cards: only what is near the window is drawn, and the last one is where it belongs', async () => {
    const cards = page.getByRole('article');
    await cards.first().waitFor();
    await until('several beside each other, as many as the window takes', async () => (await cards.count()) >= 12);
    expect(await cards.count()).toBeLessThan(60);
    const last = page.getByRole('article', { name: `robot-${AGENTS - 1}`, exact: true });
    await until('the end', async () => {
      await toEnd();
      const box = (await last.count()) === 0 ? null : await last.boundingBox();
      return box !== null && box.y + box.height <= (page.viewportSize()?.height ?? 0);
    });
    expect(await cards.count()).toBeLessThan(60);
    expect(await nodes()).toBeLessThan(6000);
  });

  test('in lists, and on the board', async () => {
    await page.getByRole('button', { name: 'List', exact: true }).click();
    await page.getByRole('article', { name: 'Ruto' }).waitFor();
    expect(await page.getByRole('article').count()).toBeLessThan(60);

    await page.keyboard.press('g');
    await page.keyboard.press('t');
    await page.getByRole('region', { name: new RegExp(`^Pending ${TASKS}$`) }).waitFor();
    const all = page.getByRole('button', { name: `All ${TASKS} in the list` });
    await all.waitFor();
    await until('the board', async () => (await page.getByRole('article').count()) === 40);
    await all.click();
    const rows = page.getByRole('list', { name: 'Tasks' }).getByRole('listitem');
    await rows.first().waitFor();
    expect(await rows.first().getAttribute('aria-setsize')).toBe(String(TASKS));
    expect(await rows.count()).toBeLessThan(60);
    await until('the end', async () => {
      await toEnd();
      return (await page.locator(`li[aria-posinset="${TASKS}"]`).count()) === 1;
    });
    expect(await rows.count()).toBeLessThan(60);
  });

  test('at a glance: one cell each, drawn again only where something changed', async () => {
    await page.keyboard.press('g');
    await page.keyboard.press('o');
    const cell = page.getByRole('link', { name: /^robot-7: / });
    await until('all of them', async () => (await page.locator('.cell').count()) === AGENTS + 1);
    await page.evaluate(`window.changed = new Set(); new MutationObserver((all) => {
      for (const { target } of all) { const cell = target.closest?.('.cell'); if (cell) window.changed.add(cell.title.split(':')[0]); }
    }).observe(document.querySelector('.strip'), { subtree: true, childList: true, attributes: true });`);
    const { items } = await stage.call<{ items: { id: number; name: string }[] }>('GET', '/agents?limit=50');
    const seven = items.find(({ name }) => name === 'robot-7');
    await stage.call('POST', `/agents/${seven?.id}/acknowledge`, { task_id: 8 });
    await until('its cell tells', async () => (await cell.getAttribute('data-status')) !== 'offline' && (await page.evaluate('window.changed.size')) === 1);
    expect(await page.evaluate('[...window.changed]')).toEqual(['robot-7']);
    expect(stage.complaints).toEqual([]);
  });

  test('what closes while somebody watches is let go in time', async () => {
    await page.keyboard.press('g');
    await page.keyboard.press('t');
    await page.getByRole('heading', { level: 1, name: 'Tasks' }).waitFor();
    await stage.call('POST', '/tasks/bulk', { action: 'cancel', ids: Array.from({ length: TASKS }, (_, i) => i + 1) });
    await until('none is open', async () => (await page.getByRole('button', { name: 'Pending 0' }).count()) === 1);
    const done = await page.getByRole('button', { name: /^Done \d+$/ }).textContent();
    expect(Number(done?.replace(/\D/g, ''))).toBe(300);
  });
});
