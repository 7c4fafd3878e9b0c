import type { Browser, Page, WebSocketRoute } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectAgent } from '#client/client.ts';
import type { AgentCreated, Event, Task } from '#schemas/resources.ts';
import { Instance } from '#test/scenarios/instance.ts';
import { ADMIN, temporaryDir } from '#test/support/config.ts';
import { until } from '#test/support/until.ts';
import { CHROMIUM, logIn, openBrowser, SLOW_MS, Stage } from './support.ts';

/** So many events are more than the feed tells in one step. */
const MANY = 230;
const HOUR_MS = 3_600_000;

describe.skipIf(CHROMIUM === null)('what is shown is live, or says that it is not', { timeout: SLOW_MS }, () => {
  let browser: Browser;
  let stage: Stage;
  beforeAll(async () => {
    browser = await openBrowser();
    stage = await Stage.open();
  });
  afterAll(async () => {
    await stage[Symbol.asyncDispose]();
    await browser.close();
  });

  const isLive = (page: Page): Promise<void> => page.locator('[data-state="live"]').first().waitFor();

  test('a server that is killed and comes back: since when, how old, nothing to be changed meanwhile, and then nothing missed', async () => {
    await using dir = await temporaryDir();
    await using server = await Instance.start(dir.path);
    const page = await (await browser.newContext({ baseURL: server.http, reducedMotion: 'reduce' })).newPage();
    await page.goto('/ui/tasks');
    await logIn(page, ADMIN);
    await isLive(page);
    // Words that come and go: that the connection is blocked is not true of a server that was started again.
    await page.evaluate(`new MutationObserver(() => {
      if (/connection is blocked/.test(document.body.innerText)) document.body.dataset.blamed = 'the network';
    }).observe(document.body, { childList: true, subtree: true, characterData: true })`);
    const create = (name: string): Promise<Task> => server.request('POST', '/tasks', { name, is_ping_enabled: false });
    const before = await create('Before');
    await page.getByRole('link', { name: 'Before' }).waitFor();

    await server.kill();
    const banner = page.getByRole('alert').filter({ hasText: 'Connection lost' });
    await banner.getByText(/since .*\d\d:\d\d:\d\d.*What you see is \d+ s old/).waitFor();
    expect(await page.title()).toContain('⚠');
    expect(await page.evaluate('getComputedStyle(document.querySelector("main")).filter')).toContain('grayscale');
    expect(await page.getByRole('button', { name: 'New task' }).getAttribute('aria-disabled')).toBe('true');
    await page.getByRole('button', { name: `Actions for task ${before.id}` }).click();
    for (const item of await page.getByRole('menuitem').all()) expect(await item.getAttribute('aria-disabled')).toBe('true');
    await page.keyboard.press('Escape');
    await page.locator(`[data-row="${before.id}"]`).focus();
    await page.keyboard.press('p');
    await page.locator('.toast[data-kind="refused"][role="alert"]').getByText('Not while the connection is lost').waitFor();

    await server.up();
    const made: Task[] = [];
    for (let i = 0; i < 30; i += 10) made.push(...(await Promise.all(Array.from({ length: 10 }, (_, k) => create(`Gap ${i + k}`)))));
    await isLive(page);
    await banner.waitFor({ state: 'detached' });
    expect(await page.locator('body').getAttribute('data-blamed')).toBeNull();
    for (const { id } of made) await page.locator(`[data-row="${id}"]`).first().waitFor();
    expect(await page.getByRole('button', { name: 'New task' }).getAttribute('aria-disabled')).toBeNull();
  });

  test.each(['Settings', 'Overview'])('a screen first gone to while the server is down is there when it is back, by way of %s', async (away) => {
    await using dir = await temporaryDir();
    await using server = await Instance.start(dir.path);
    const page = await (await browser.newContext({ baseURL: server.http, reducedMotion: 'reduce' })).newPage();
    await page.goto('/');
    await logIn(page, ADMIN);
    await isLive(page);
    await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
    const go = (name: string): Promise<void> => page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name, exact: true }).click();
    await server.kill();
    await page.getByRole('alert').getByText('Connection lost').waitFor();
    await go('Tasks');
    await page.getByText('This part of the dashboard could not be loaded').waitFor();
    await go(away);
    await server.up();
    await page.getByRole('heading', { level: 1, name: away }).waitFor();
    await isLive(page);
    await go('Tasks');
    await page.getByRole('heading', { level: 1, name: 'Tasks' }).waitFor();
    expect(new URL(page.url()).pathname).toBe('/ui/tasks');
    await go('Fleet');
    await page.getByRole('heading', { level: 1, name: 'Fleet' }).waitFor();
  });

  test('a gap longer than one step of the feed is told in full, in order, each event once', async () => {
    const page = await stage.admin('/ui/events?kind=task.*');
    await isLive(page);
    const count = async (): Promise<number> => Number(await page.locator('[data-count]').getAttribute('data-count'));
    const before = await count();
    await page.context().setOffline(true);
    await page.getByRole('alert').getByText('Connection lost').waitFor();
    const task = await stage.task('Gap', { is_ping_enabled: false });
    for (let i = 1; i < MANY; i += 1) await stage.call('PATCH', `/tasks/${task.id}`, { priority: i });
    await page.context().setOffline(false);
    await until('all of them', async () => (await count()) >= before + MANY);
    const { items } = await stage.call<{ items: Event[] }>('GET', '/events?kind=task.*&order=desc&limit=20');
    const drawn = await page
      .locator('.events [data-row]')
      .evaluateAll((rows) => rows.map((row) => Number((row as never as { dataset: { row: string } }).dataset.row)));
    expect(drawn.slice(0, 20)).toEqual(items.map(({ id }) => id));
    expect(new Set(drawn).size).toBe(drawn.length);
    expect(await count()).toBe(before + MANY);
  });

  test('a WebSocket that is dead and does not say so is found out', async () => {
    const page = await stage.newPage();
    let isDead = false;
    let opened = 0;
    await page.routeWebSocket(/\/ws/, (socket: WebSocketRoute) => {
      const own = ++opened;
      socket.connectToServer().onMessage((message) => void ((isDead && own === 1) || socket.send(message)));
    });
    await page.goto('/ui/tasks');
    await logIn(page, ADMIN);
    await isLive(page);
    isDead = true;
    await stage.task('Unheard of', { is_ping_enabled: false });
    await page.getByRole('link', { name: 'Unheard of' }).waitFor({ timeout: 30_000 });
    expect(opened).toBe(2);
  });

  test('ages and countdowns are the server’s, whatever the clock of the device says', async () => {
    const made = await stage.call<AgentCreated>('POST', '/agents', { name: 'alice' });
    const client = await connectAgent({ url: stage.mqtt, name: 'alice', token: made.token, intervalSeconds: 1 });
    const task = await stage.task('In time', { agent_name: 'alice' });
    for (const shift of [-HOUR_MS, HOUR_MS]) {
      const page = await stage.newPage();
      await page.addInitScript(`{ const Real = Date; window.Date = class extends Real {
        constructor(...given) { given.length === 0 ? super(Real.now() + ${shift}) : super(...given); }
        static now() { return Real.now() + ${shift}; }
      }; }`);
      await page.goto(`/ui/tasks/${task.id}`);
      await logIn(page, ADMIN);
      await page
        .getByRole('region', { name: 'Now' })
        .getByText(/in (14|15|28|29|30) min/)
        .first()
        .waitFor();
      await page.goto(`/ui/agents/${made.id}`);
      const facts = page.getByRole('region', { name: 'At a glance' });
      await facts
        .getByText(/^(just now|\d s ago)$/)
        .first()
        .waitFor();
      expect(await facts.getByText(/ h |in \d/).count()).toBe(0);
      await page.close();
    }
    await client.close();
  });

  test('without WebSockets: what happens while it asks is told once, and what is done takes effect', async () => {
    const page = await stage.newPage();
    await page.routeWebSocket('**/ws*', (socket) => socket.close());
    await page.goto('/ui/events?kind=task.created');
    await logIn(page, ADMIN);
    await page.getByText('The live connection is blocked').waitFor();
    const names = Array.from({ length: 5 }, (_, i) => `Polled ${i}`);
    for (const name of names) await stage.task(name, { is_ping_enabled: false });
    for (const name of names) await page.getByRole('main').getByRole('link', { name, exact: true }).waitFor();
    for (const name of names) expect(await page.getByRole('main').getByRole('link', { name, exact: true }).count()).toBe(1);
  });

  test('a session that is revoked: the login says why, and leads back to the same address', async () => {
    const page = await stage.admin('/ui/tasks?status=todo&view=list');
    await isLive(page);
    const who = await page.evaluate('fetch("/session").then((answer) => answer.json())');
    const { session } = who as { session: { id: number } }; // as: GET /session
    await stage.call('DELETE', `/sessions/${session.id}`);
    await page.getByRole('alert').getByText('Your session has ended').waitFor();
    await logIn(page, ADMIN);
    await page.getByRole('heading', { level: 1, name: 'Tasks' }).waitFor();
    expect(new URL(page.url()).search).toBe('?status=todo&view=list');
    await isLive(page);
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByLabel('Token').waitFor();
    expect(await page.getByText('Your session has ended').count()).toBe(0);
  });

  test('a screen that breaks says so, and takes no other with it', async () => {
    const page = await stage.newPage();
    await page.route(/\/stats\?/, (route) => route.fulfill({ json: { window: '24h' } }));
    await page.goto('/');
    await logIn(page, ADMIN);
    await page.getByText('This screen cannot be shown').waitFor();
    await page.getByRole('link', { name: 'Events', exact: true }).click();
    await page.getByRole('heading', { level: 1, name: 'Events' }).waitFor();
    await page.unrouteAll();
    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Overview', exact: true }).click();
    await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
  });
});

describe.skipIf(CHROMIUM === null)('a server that was upgraded under an open page', { timeout: SLOW_MS }, () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.open();
  });
  afterAll(() => stage[Symbol.asyncDispose]());

  /** The page at the overview; a part is missing until it was loaded so many times more. */
  async function opened(part: string, fromLoad: number): Promise<{ page: Page; loads: () => number }> {
    const page = await stage.admin('/');
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    let loads = 0;
    await page.route(`**/ui/assets/${part}-*.js`, (route) =>
      loads < fromLoad ? route.fulfill({ status: 404, contentType: 'application/problem+json', body: '{}' }) : route.continue(),
    );
    page.on('request', (request) => {
      if (request.isNavigationRequest()) loads += 1;
    });
    return { page, loads: () => loads };
  }

  test('loads itself once, and is where it was asked to go', async () => {
    const { page, loads } = await opened('settings', 1);
    await page.getByRole('link', { name: 'Settings' }).click();
    await page.getByRole('heading', { level: 1, name: 'Settings' }).waitFor();
    expect(new URL(page.url()).pathname).toBe('/ui/settings');
    expect(loads()).toBe(1);
  });

  test('does not go round in circles: what is still missing then is said', async () => {
    const { page, loads } = await opened('events', Number.POSITIVE_INFINITY);
    await page.getByRole('link', { name: 'Events', exact: true }).click();
    await page.getByText('This part of the dashboard could not be loaded').waitFor();
    expect(loads()).toBe(1);
    await page.getByRole('link', { name: 'Settings' }).click();
    await page.getByRole('heading', { level: 1, name: 'Settings' }).waitFor();
    await page.unroute('**/ui/assets/events-*.js');
    await page.getByRole('link', { name: 'Events', exact: true }).click();
    await page.getByRole('button', { name: 'Load the page again' }).click();
    await page.getByRole('heading', { level: 1, name: 'Events' }).waitFor();
  });
});
