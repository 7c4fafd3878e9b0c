import { AxeBuilder } from '@axe-core/playwright';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { expect } from 'vitest';
import { type AgentClient, connectAgent } from '#client/client.ts';
import type { AgentCreated, Task } from '#schemas/resources.ts';
import { type App, startApp } from '#src/app.ts';
import { ADMIN, temporaryDir, testConfig } from '#test/support/config.ts';
import { findService } from '#test/support/services.ts';

/** Where Debian's browser is, or null: then `describe.skipIf(CHROMIUM === null)`. */
export const CHROMIUM = findService('chromium');
/** A browser, an audit and a server on two cores that others use, too: these end what hangs, no more. */
export const SLOW_MS = 60_000;
const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
export const PHONE = { viewport: { width: 375, height: 812 }, hasTouch: true, isMobile: true } as const;

export const openBrowser = (): Promise<Browser> => chromium.launch({ executablePath: CHROMIUM ?? '', args: ARGS });

/** The product as people see it: a real server with real agents, and a browser. Closes itself with everything that was opened. */
export class Stage implements AsyncDisposable {
  readonly base: string;
  /** Of its broker. */
  readonly mqtt: string;
  readonly #browser: Browser;
  readonly #owned: AsyncDisposableStack;
  /** As `serve` prints it in `/#code=…`. */
  readonly newLoginCode: () => string;
  /** What the pages complained of: broken scripts, and what the browser refused by the server's policy. */
  readonly complaints: string[] = [];

  private constructor(app: App, browser: Browser, owned: AsyncDisposableStack) {
    const url = (name: string): string => app.listeners.find((listener) => listener.name === name)?.url.replace(/\/$/, '') ?? '';
    this.base = url('http');
    this.mqtt = url('mqtt');
    this.#browser = browser;
    this.newLoginCode = () => app.newLoginCode();
    this.#owned = owned;
  }

  /** On the real clock: a browser has no other. */
  static async open(settings: Readonly<Record<string, string>> = {}): Promise<Stage> {
    const owned = new AsyncDisposableStack();
    const dir = owned.use(await temporaryDir());
    const app = owned.use(await startApp(testConfig(dir.path, { LOG_LEVEL: 'silent', ...settings })));
    const browser = await openBrowser();
    owned.defer(() => browser.close());
    return new Stage(app, browser, owned);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#owned.disposeAsync();
  }

  /** A page of a browser that nobody is logged in with. */
  async newPage(options: BrowserContextOptions = {}): Promise<Page> {
    const context = await this.#browser.newContext({ baseURL: this.base, reducedMotion: 'reduce', ...options });
    const page = await context.newPage();
    page.on('pageerror', (error) => this.complaints.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error' && /Content Security Policy|Uncaught/.test(message.text())) this.complaints.push(message.text());
    });
    return page;
  }

  /** A page at this address, logged in as the admin. */
  async admin(path = '/', options: BrowserContextOptions = {}): Promise<Page> {
    const page = await this.newPage(options);
    await page.goto(path);
    await logIn(page, ADMIN);
    return page;
  }

  /** A call of the admin that must succeed. */
  async call<T>(method: string, path: string, body?: object): Promise<T> {
    const headers = { authorization: `Bearer ${ADMIN}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) };
    const answer = await fetch(this.base + path, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    const read = await answer.json();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(read)}`);
    return read as T; // as: the caller knows what this path answers
  }

  /** A registered agent that is connected over MQTT. */
  async agent(name: string, fields: object = {}): Promise<{ client: AgentClient; made: AgentCreated }> {
    const made = await this.call<AgentCreated>('POST', '/agents', { name, ...fields });
    const client = await connectAgent({ url: this.mqtt, name, token: made.token, intervalSeconds: 1 });
    this.#owned.defer(() => client.close());
    return { client, made };
  }

  task(name: string, fields: object = {}): Promise<Task> {
    return this.call('POST', '/tasks', { name, ...fields });
  }
}

export async function logIn(page: Page, token: string): Promise<void> {
  await page.getByLabel('Token').fill(token);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('navigation', { name: 'Main' }).waitFor();
}

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** What automatic checks of WCAG 2.2 A and AA find as the page is drawn now, by the rule's id. */
export async function inaccessible(page: Page): Promise<string[]> {
  // Only what is wrong leaves the page (which has no frames): naming each of thousands of sound elements takes longer than looking at them.
  const { violations } = await new AxeBuilder({ page })
    .setLegacyMode()
    .options({ resultTypes: ['violations'] })
    .withTags(RULES)
    .analyze();
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html}\n${failureSummary}`));
}

/** What was changed just now is on the screen. */
export async function drawn(page: Page): Promise<void> {
  await page.evaluate('new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))');
}

/** They find nothing, in either colour scheme (or in these: a page of many cards takes its time). */
export async function expectAccessible(page: Page, schemes: readonly ('light' | 'dark')[] = ['light', 'dark']): Promise<void> {
  for (const colorScheme of schemes) {
    await page.emulateMedia({ colorScheme });
    await drawn(page);
    expect(await inaccessible(page), colorScheme).toEqual([]);
  }
}

/** The page is nowhere wider than the window. */
export async function expectNoSidewaysScroll(page: Page): Promise<void> {
  expect(await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')).toBe(0);
}
