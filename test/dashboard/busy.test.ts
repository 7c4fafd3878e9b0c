import type { BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Task } from '#schemas/resources.ts';
import { until } from '#test/support/until.ts';
import { makeBusy, screensOf } from './busy.ts';
import { CHROMIUM, drawn, expectAccessible, expectNoSidewaysScroll, inaccessible, PHONE, SLOW_MS, Stage } from './support.ts';
import { tooSmall } from './targets.ts';

/** A dozen screens, or half a dozen audits: this ends what hangs, no more. */
const WALK_MS = 3 * SLOW_MS;
/** Their filters are folded on a phone. */
const FILTERED: readonly string[] = ['fleet as a list', 'list of tasks', 'events'];
const DESK = { viewport: { width: 1280, height: 800 } } as const;

describe.skipIf(CHROMIUM === null)('a busy day', { timeout: WALK_MS }, () => {
  let stage: Stage;
  let told: Task;
  beforeAll(async () => {
    stage = await Stage.open();
    told = await makeBusy(stage);
  }, SLOW_MS);
  afterAll(() => stage[Symbol.asyncDispose]());

  const go = async (page: Page, name: string): Promise<void> => {
    await page.goto(screensOf(told)[name] ?? '/');
    await page.locator('main h1').first().waitFor();
    await page.locator('.link-state[data-state="live"]').waitFor({ state: 'attached' });
    await until('all is there', async () => (await page.getByRole('status', { name: /^Reading/ }).count()) === 0);
    if (name === 'board') await until('all cards', async () => (await page.getByRole('article').count()) > 70);
  };

  // The colours are the same on both: the board, where all of them are, is looked at in each of its lights on one.
  test.for([
    ['on a desk', DESK, ['light', 'dark']],
    ['on a phone', PHONE, ['dark']],
  ] as const)('nothing that axe finds, %s, connected and not', async ([, window, lights]) => {
    const page = await stage.admin('/', window as BrowserContextOptions); // as: what it takes is mutable
    for (const name of ['overview', 'fleet as a list', 'board', 'list of tasks']) {
      await go(page, name);
      if (name === 'board' && window === DESK) await expectAccessible(page, ['light']);
      await page.context().setOffline(true);
      await page.evaluate('document.dispatchEvent(new Event("visibilitychange"))'); // who looks at the page again finds out at once
      await page.getByRole('alert').getByText('Connection lost').waitFor();
      await expectAccessible(page, name === 'board' ? lights : ['dark']);
      await page.context().setOffline(false);
    }
    expect(stage.complaints).toEqual([]);
  });

  test('on a phone a finger finds everything: 44 px each way', async () => {
    const page = await stage.admin('/', PHONE);
    const expectRoom = async (where: string, within?: string): Promise<void> => {
      for (const width of [390, 320]) {
        await page.setViewportSize({ width, height: 700 });
        await drawn(page);
        expect(await tooSmall(page, within), `${where}, ${width} px`).toEqual([]);
        await expectNoSidewaysScroll(page);
      }
    };
    for (const name of Object.keys(screensOf(told))) {
      await go(page, name);
      await expectRoom(name);
      if (!FILTERED.includes(name)) continue;
      await page.getByRole('button', { name: 'Filters' }).click();
      await expectRoom(`${name}, with filters`, '.folded-filters');
    }
    await go(page, 'list of tasks');
    await page
      .getByRole('button', { name: /^Actions for task/ })
      .first()
      .click();
    expect(await tooSmall(page), 'with a menu').toEqual([]);
    await page.getByRole('menuitem', { name: /ssign/ }).click();
    await page.getByRole('dialog').waitFor();
    expect(await tooSmall(page), 'whom to assign it to').toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByRole('checkbox').first().check();
    expect(await tooSmall(page, '.bulk-bar'), 'with a selection').toEqual([]);
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByLabel('Token').waitFor();
    expect(await tooSmall(page), 'the login').toEqual([]);
  });

  test('what axe would find is found', async () => {
    const page = await stage.admin('/ui/settings', DESK as BrowserContextOptions); // as above
    await page.evaluate(`document.querySelector('main').append(document.createElement('img'))`);
    expect((await inaccessible(page)).map((each) => each.split(':')[0])).toEqual(['image-alt']);
  });

  test('that a target is too small is noticed', async () => {
    const page = await stage.admin('/ui/settings', PHONE);
    const made = "Object.assign(document.createElement('a'), { href: '/', textContent: 'Small' })";
    await page.evaluate(`document.querySelector('main').append(Object.assign(${made}, { id: 'small' }))`);
    await page.evaluate(`Object.assign(document.getElementById('small').style, { display: 'block', width: '44px', height: '30px' })`);
    expect(await tooSmall(page)).toEqual(["44×30 a. 'Small'"]);
  });

  test('six columns of the board stand beside each other from 1280 px on, and fill what is wider', async () => {
    const page = await stage.admin('/', DESK);
    for (const width of [1280, 1366, 1440, 1920]) {
      await page.setViewportSize({ width, height: 800 });
      await go(page, 'board');
      const beyond = '((board) => board.scrollWidth - board.clientWidth)(document.querySelector(".board"))';
      await until(`six columns, and nothing beyond, at ${width} px`, async () => {
        const columns = await page.locator('.board-column:not([data-empty])').count();
        return columns === 6 && (await page.evaluate(beyond)) === 0;
      });
    }
  });
});
