import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ADMIN } from '#test/support/config.ts';
import { until } from '#test/support/until.ts';
import { CHROMIUM, expectAccessible, expectNoSidewaysScroll, logIn, PHONE, SLOW_MS, Stage } from './support.ts';

describe.skipIf(CHROMIUM === null)('settings', { timeout: SLOW_MS }, () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.open({ MAX_SNOOZES: '7' });
  });
  afterAll(() => stage[Symbol.asyncDispose]());

  test('shows what is in effect and no secret, and is searched', async () => {
    const page = await stage.admin('/ui/settings');
    await page.getByText('embedded in this process').waitFor();
    await page.getByText(stage.base, { exact: true }).waitFor();
    expect(await page.content()).not.toContain(ADMIN);
    const rows = page.locator('.variable');
    expect(await rows.count()).toBeGreaterThan(30);
    await page.getByLabel('Search the settings').fill('snooze');
    await page.getByLabel('Changed only').check();
    await until('found', async () => (await rows.count()) === 1);
    expect(await rows.textContent()).toContain('MAX_SNOOZES7set');
    for (const name of ['The API, to read', 'OpenAPI 3.1', 'AsyncAPI 3.0', 'Metrics']) {
      const href = await page.getByRole('link', { name }).getAttribute('href');
      expect((await page.request.get(href ?? '')).status(), name).toBe(200);
    }
    await expectAccessible(page);
    expect(stage.complaints).toEqual([]);
  });

  test('keeps the colours that were chosen', async () => {
    const page = await stage.admin('/ui/settings', { colorScheme: 'light' });
    const background = () => page.evaluate('getComputedStyle(document.documentElement).backgroundColor');
    const light = await background();
    await page.getByLabel('Dark').check();
    await until('dark', async () => (await background()) !== light);
    expect(await page.locator('meta[name="theme-color"][media="all"]').getAttribute('content')).toBe('#12161d');
    await page.reload();
    await page.getByRole('heading', { name: 'Settings' }).waitFor();
    await until('dark', async () => (await background()) !== light);
    await page.getByLabel('As the system').check();
    await until('light again', async () => (await background()) === light);
  });

  test('a main agent sees what is in effect, and ends its own sessions alone', async () => {
    await stage.admin('/ui/settings');
    const { made } = await stage.agent('Boss', { type: 'main_agent' });
    const page = await stage.newPage();
    await page.goto('/ui/settings');
    await logIn(page, made.token);
    await page.getByText('embedded in this process').waitFor();
    const sessions = page.getByRole('region', { name: 'Sessions' }).getByRole('listitem');
    await sessions.filter({ hasText: 'this one' }).getByRole('button', { name: 'Log out' }).waitFor();
    expect(await sessions.filter({ hasText: 'admin/session-' }).first().getByRole('button').count()).toBe(0);
    expect(stage.complaints).toEqual([]);
  });

  test('revokes a session, whose page then asks for a token; an agent sees no configuration', async () => {
    const { made } = await stage.agent('alice');
    const hers = await stage.newPage();
    await hers.goto('/ui/settings');
    await logIn(hers, made.token);
    await hers.getByText('The configuration is for the admin and main agents').waitFor();
    await hers.getByRole('link', { name: 'OpenAPI 3.1' }).waitFor();
    expect(await hers.getByRole('link', { name: 'Metrics' }).count()).toBe(0);
    await hers.getByRole('link', { name: 'Overview', exact: true }).click();
    await hers.getByText('The figures of the fleet are for the admin and main agents').waitFor();
    await hers.goBack();
    const page = await stage.admin('/ui/settings', PHONE);
    await expectNoSidewaysScroll(page);
    await expectAccessible(page);
    await page
      .getByRole('listitem')
      .filter({ hasText: 'alice' })
      .getByRole('button', { name: /Revoke/ })
      .click();
    await hers.getByLabel('Token').waitFor();
    await until('gone', async () => (await page.getByRole('listitem').filter({ hasText: 'alice' }).count()) === 0);
  });
});
