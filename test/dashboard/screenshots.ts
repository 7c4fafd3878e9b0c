import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { Fleet } from '#cli/demo/fleet.ts';
import { giveTasks } from '#cli/demo/script.ts';
import { Rest } from '#cli/rest.ts';
import { startApp } from '#src/app.ts';
import { systemClock } from '#src/clock.ts';
import { ADMIN, temporaryDir, testConfig } from '#test/support/config.ts';
import { CHROMIUM, logIn, PHONE } from './support.ts';

/**
 * `npm run screenshots`: the fleet of `demo` at work, and pictures of it for the README in docs/screenshots/. Takes about a minute and a Chromium.
 * Not run by the tests: no two of them are the same.
 */

const FOLDER = resolve(import.meta.dirname, '..', '..', 'docs', 'screenshots');
/** As wide as that its text can still be read in the column of a README. */
const DESK = { viewport: { width: 1200, height: 760 } } as const;
/** So often the story is told, for figures that say something. */
const ROUNDS = 2;

/** The demo's own pace: minutes are seconds. */
const PACE = {
  LOG_LEVEL: 'error',
  DEFAULT_PING_INTERVAL_MINUTES: '0.06',
  DEFAULT_AGENT_TIMEOUT_MINUTES: '0.12',
  RUTO_TIMEOUT_MINUTES: '0.2',
  OFFLINE_GRACE_SECONDS: '3',
  RESTART_GRACE_SECONDS: '1',
  MASS_STALE_PERCENT: '100',
} as const;

if (CHROMIUM === null) throw new Error('There is no chromium here to take pictures with.');
await using dir = await temporaryDir();
await using app = await startApp(testConfig(dir.path, PACE));
const address = (name: string): string => app.listeners.find((listener) => listener.name === name)?.url.replace(/\/$/, '') ?? '';
const [clock, rest, stop] = [systemClock(), new Rest(address('http'), ADMIN), new AbortController()];
await using fleet = new Fleet({ rest, url: address('mqtt'), clock, signal: stop.signal, report: () => {} });
await fleet.muster();
const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu', '--hide-scrollbars'] });
try {
  await mkdir(FOLDER, { recursive: true });
  const overview = await open('/', DESK);
  const task = await open('/ui/tasks', DESK);
  const dark = await open('/', { ...DESK, colorScheme: 'dark' });
  const phone = await open('/ui/tasks', { ...PHONE, deviceScaleFactor: 1.5 });
  for (let round = 0; round < ROUNDS; round += 1) {
    await fleet.revive();
    await giveTasks(rest, clock, stop.signal);
  }
  const shown = await giveMore();
  await task.goto(`/ui/tasks/${shown}`);
  await picture(task, 'task');
  await picture(overview, 'overview');
  await picture(dark, 'overview-dark');
  await picture(phone, 'phone');
} finally {
  stop.abort();
  await browser.close();
}

/** Work for everybody, and one that nobody can do, so that there is something to see; gives the task that is worth a picture: a silent agent has it. */
async function giveMore(): Promise<number> {
  for (const [name, agent_name] of [
    ['Draft the newsletter', 'ada'],
    ['Reply to the auditors', 'bruno'],
    ['Renew the certificates', 'chloe'],
    ['Archive the old tickets', 'emil'],
  ]) {
    await rest.call('POST', '/tasks', { name, agent_name });
  }
  await rest.call('POST', '/tasks', { name: 'Sign the contract', required_capabilities: ['signature'], escalation_chain: [] });
  const { id } = await rest.call<{ id: number }>('POST', '/tasks', {
    name: 'Prepare the board meeting',
    description: 'Figures of the quarter, the hiring plan, and what we decided about the new office.',
    agent_name: 'fritz',
    priority: 8,
  });
  const phase = await rest.call<{ id: number }>('POST', `/tasks/${id}/phases`, { name: 'Collect' });
  for (const title of ['Ask finance for the figures', 'Ask HR for the plan']) {
    const todo = await rest.call<{ id: number }>('POST', `/phases/${phase.id}/todos`, { title });
    if (title.includes('finance')) await rest.call('PATCH', `/todos/${todo.id}`, { is_done: true });
  }
  await rest.call('POST', `/tasks/${id}/phases`, { name: 'Write' });
  return id;
}

async function open(path: string, options: BrowserContextOptions): Promise<Page> {
  const page = await (await browser.newContext({ baseURL: address('http'), reducedMotion: 'reduce', colorScheme: 'light', ...options })).newPage();
  await page.goto(path);
  await logIn(page, ADMIN);
  await page.locator('[data-state="live"]').first().waitFor();
  return page;
}

async function picture(page: Page, name: string): Promise<void> {
  await page.locator('main h1').first().waitFor();
  await page.waitForLoadState('networkidle', { timeout: 2000 }).catch(() => {}); // the feed never rests; what was asked for is here by then
  await page.mouse.move(0, 0);
  await page.screenshot({ path: join(FOLDER, `${name}.png`) });
  process.stdout.write(`docs/screenshots/${name}.png\n`);
}
