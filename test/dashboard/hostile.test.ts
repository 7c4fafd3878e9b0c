import type { BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AgentClient } from '#client/client.ts';
import type { AgentCreated, Task } from '#schemas/resources.ts';
import { until } from '#test/support/until.ts';
import { CHROMIUM, expectNoSidewaysScroll, PHONE, SLOW_MS, Stage } from './support.ts';

const MARKUP = '<img src=x onerror="document.title=\'run\'"><script>document.title="run"</script><b>bold</b>';
const BIDI = '\u202Eright to left\u2066 שלום עולם مرحبا \u200F';
const EMOJI = '👩‍👩‍👧‍👦'.repeat(20);
const ENDLESS = 'W'.repeat(400);
const NAMES = [MARKUP, BIDI, EMOJI, ENDLESS, `${'a/'.repeat(200)}`, 'Z̸̢̛̲̪̈́͋'.repeat(40)].map((name) => name.slice(0, 500));
/** Over and over, nearly as much as a message may hold. */
const large = (text: string): string => text.repeat(Math.floor(60_000 / Buffer.byteLength(JSON.stringify(text))));
const WIDTHS: readonly (readonly [name: string, options: BrowserContextOptions])[] = [
  ['320 px', { ...PHONE, viewport: { width: 320, height: 640 } }],
  ['1280 px', { viewport: { width: 1280, height: 800 } }],
];

describe.skipIf(CHROMIUM === null)('text of agents and people', { timeout: SLOW_MS }, () => {
  let stage: Stage;
  let agent: { client: AgentClient; made: AgentCreated };
  let worst: Task;
  beforeAll(async () => {
    stage = await Stage.open();
    agent = await stage.agent('x'.repeat(63), { max_concurrent: 100, capabilities: ['c'.repeat(64)] });
    for (const name of NAMES) {
      worst = await stage.task(name, { agent_name: agent.made.name, description: large(name + MARKUP) });
      await stage.task(name, { required_capabilities: ['t'.repeat(64)], escalation_chain: [] });
      await stage.call('POST', `/tasks/${worst.id}/comments`, { content: large(name) });
      await agent.client.snooze({ task_id: worst.id, minutes: 30, reason: name });
      await agent.client.ack({ task_id: worst.id, note: name.repeat(3) });
    }
    const failing = await stage.task(NAMES.join(' ').slice(0, 500), { agent_name: agent.made.name });
    await agent.client.fail({ task_id: failing.id, reason: ENDLESS });
  }, SLOW_MS);
  afterAll(() => stage[Symbol.asyncDispose]());

  async function expectHarmless(page: Page, where: string): Promise<void> {
    expect(await page.title(), where).not.toContain('run');
    expect(await page.locator('main img, main b, main script, dialog img, dialog b').count(), where).toBe(0);
    await expectNoSidewaysScroll(page);
    const outside = await page.evaluate(`[...document.querySelectorAll('dialog[open], .toast')].filter((each) => {
      const { left, right } = each.getBoundingClientRect();
      return left < -1 || right > innerWidth + 1 || each.scrollWidth > each.clientWidth + 1;
    }).length`);
    expect(outside, where).toBe(0);
  }

  for (const [name, options] of WIDTHS) {
    test(`never runs and breaks no layout: screens at ${name}`, async () => {
      const page = await stage.admin('/', options);
      await page.getByRole('region', { name: /need a person/ }).waitFor();
      await expectHarmless(page, 'overview');
      const screens: readonly (readonly [path: string, shown: string])[] = [
        ['/ui/fleet?view=cards', 'article'],
        ['/ui/fleet?view=list', 'article'],
        [`/ui/agents/${agent.made.id}`, '.pings'],
        ['/ui/tasks?view=board', 'article'],
        ['/ui/tasks?view=list', '[data-row]'],
        [`/ui/tasks/${worst.id}`, '.timeline-entry'],
        ['/ui/events', '[data-row]'],
        [`/ui/events?q=${encodeURIComponent(ENDLESS)}`, '[data-count]'],
        [`/ui/nowhere/${encodeURIComponent(MARKUP)}`, 'h1'],
        [`/ui/tasks?q=${encodeURIComponent(ENDLESS + MARKUP)}`, 'h1'],
        [`/ui/fleet?capability=${encodeURIComponent(MARKUP)}`, 'h1'],
        ['/ui/settings', 'h2'],
      ];
      for (const [path, shown] of screens) {
        await page.goto(path);
        await page.locator(`main ${shown}`).first().waitFor();
        await expectHarmless(page, path);
      }
      expect(stage.complaints).toEqual([]);
    });

    test(`never runs and breaks no layout: what opens and what is said at ${name}`, async () => {
      const page = await stage.admin(`/ui/tasks/${worst.id}`, options);
      await page.getByRole('button', { name: 'Reassign…' }).click();
      await expectHarmless(page, 'assign');
      await page.keyboard.press('Escape');
      for (const [item, what] of [
        ['Edit…', 'edit'],
        ['Delete…', 'delete'],
      ] as const) {
        await page.getByRole('button', { name: `Actions for task ${worst.id}` }).click();
        await page.getByRole('menuitem', { name: item }).click();
        await page.getByRole('dialog').waitFor();
        await expectHarmless(page, what);
        await page.keyboard.press('Escape');
      }
      await page.getByRole('button', { name: `Actions for task ${worst.id}` }).click();
      await page.getByRole('menuitem', { name: 'Cancel task' }).click();
      await page.locator('.toast').waitFor();
      await expectHarmless(page, 'toast');
      await page.getByRole('button', { name: 'Undo' }).click();

      await page.goto('/ui/events?kind=assignment.acknowledged');
      await page.locator('.event-toggle').first().click();
      await page.locator('.event-details').waitFor();
      await expectHarmless(page, 'event');

      await page.goto('/ui/traffic');
      await page.getByText('Listening.').waitFor();
      const note = (MARKUP + BIDI + ENDLESS).repeat(100).slice(0, 1900);
      await agent.client.ack({ task_id: worst.id, note });
      const row = page.getByRole('button', { name: /\/ack/ }).first();
      await row.waitFor();
      await expectHarmless(page, 'traffic');
      await row.click();
      await page.getByRole('dialog').waitFor();
      await expectHarmless(page, 'message');
      await until('nothing ran', async () => (await page.evaluate('document.title.includes("run")')) === false);
      expect(stage.complaints).toEqual([]);
    });
  }
});
