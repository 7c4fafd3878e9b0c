import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Task } from '#schemas/resources.ts';
import { until } from '#test/support/until.ts';
import { CHROMIUM, expectAccessible, expectNoSidewaysScroll, logIn, PHONE, SLOW_MS, Stage } from './support.ts';

describe.skipIf(CHROMIUM === null)('the overview', { timeout: SLOW_MS }, () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.open();
  });
  afterAll(() => stage[Symbol.asyncDispose]());

  test('shows the targets with what they are made of', async () => {
    const { client } = await stage.agent('alice');
    const task = await stage.task('Count the stars', { agent_name: 'alice' });
    await client.ack({ task_id: task.id });
    const page = await stage.admin('/');
    const rate = page.getByRole('region', { name: 'Ack rate' }).first();
    await rate.getByText('100 %').waitFor();
    await rate.getByText('1 of 1 ping answered in time').waitFor();
    await page.getByRole('button', { name: 'How computed' }).click();
    await page.getByRole('dialog').getByText('1 answered in time ÷ 1 questions that came to an end = 100 %').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: '7 d' }).click();
    await page.waitForURL('**/?window=7d');
    await rate.getByText('1 of 1 ping').waitFor();
    await rate.getByText('no earlier figure').waitFor();
    const plot = page.getByRole('region', { name: 'Ack rate over time' });
    await plot.getByText('As a table').click();
    await plot.getByRole('row').filter({ hasText: '100 %' }).waitFor();
    // less motion was asked for: what moved is at rest within a frame, and nothing goes round
    await until('at rest', async () => (await page.evaluate('document.getAnimations().length')) === 0);
    await expectAccessible(page);
    expect(stage.complaints).toEqual([]);
  });

  test('puts on top what needs a person, counts it in the tab, and lets a person settle it', async () => {
    const page = await stage.admin('/');
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    await page.getByText('live', { exact: true }).waitFor();
    expect(await page.title()).toBe('Overview · Ping System');
    await stage.agent('bob');
    const task = await stage.task('Speak Basque', { required_capabilities: ['basque'], escalation_chain: [] });
    const needing = page.getByRole('region', { name: '1 task needs a person' });
    await needing.getByText('nobody left to escalate to').waitFor();
    await page.waitForFunction('document.title.startsWith("(1)")');
    expect(await page.locator('link[rel="icon"]').getAttribute('href')).toContain('data:image/svg+xml');
    await expectAccessible(page);
    // by keyboard alone: to the first row, assign, choose
    await page.keyboard.press('j');
    await page.keyboard.press('r');
    await page.getByRole('dialog').getByRole('button', { name: /^bob/ }).click();
    await needing.waitFor({ state: 'detached' });
    await page.waitForFunction('!document.title.startsWith("(")');
    expect((await stage.call<{ assigned_agent_id: number | null }>('GET', `/tasks/${task.id}`)).assigned_agent_id).not.toBeNull();
    expect(stage.complaints).toEqual([]);
  });

  test('what is about to be escalated: not what its holder keeps, what is snoozed, or what nobody is pinged about', async () => {
    await using quiet = await Stage.open();
    const { client } = await quiet.agent('erin', { max_concurrent: 10 });
    for (let n = 0; n < 7; n += 1) await quiet.task(`Kept ${n}`, { agent_name: 'Ruto' });
    await quiet.task('Not pinged about', { agent_name: 'erin', is_ping_enabled: false });
    const slept = await quiet.task('Slept on', { agent_name: 'erin' });
    await client.snooze({ task_id: slept.id, minutes: 1 });
    await quiet.task('Owed', { agent_name: 'erin' });
    const page = await quiet.admin('/');
    const soon = page.getByRole('region', { name: 'About to be escalated' });
    await soon.getByRole('link', { name: 'Owed' }).waitFor();
    expect(await soon.getByRole('listitem').count()).toBe(1);
    expect(await soon.getByText(/later ones/).count()).toBe(0);
  });

  test('an escalation counts against its target once it is decided', async () => {
    const { made } = await stage.agent('dora');
    const task = await stage.task('Find the key', { agent_name: 'dora' });
    await stage.call('POST', `/agents/${made.id}/fail`, { task_id: task.id });
    const page = await stage.admin('/');
    const rate = page.getByRole('region', { name: 'Escalation success' }).first();
    await rate.getByText('1 escalation, nothing decided yet').waitFor();
    await rate.getByText('–', { exact: true }).waitFor();
    await stage.call('POST', '/agents/1/acknowledge', { task_id: task.id });
    await page.reload();
    await rate.getByText('1 of 1 escalation taken over').waitFor();
    await rate.getByText('100 %').waitFor();
    expect(stage.complaints).toEqual([]);
  });

  test('a sub-agent reads the names that its assignments tell, is offered nothing that it may not do, and asks for nothing that it may not read', async () => {
    const { client, made } = await stage.agent('finn');
    const task = await stage.task('Too hard', { agent_name: 'finn', deadline: new Date(Date.now() + 3000).toISOString() });
    await client.fail({ task_id: task.id });
    const read = () => stage.call<Task>('GET', `/tasks/${task.id}`);
    await until('the deadline passed', async () => (await read()).needs_attention === 'deadline_passed', 20_000);
    const page = await stage.newPage();
    const refusals: string[] = [];
    page.on('response', (answer) => void (answer.status() >= 400 && refusals.push(`${answer.status()} ${answer.url()}`)));
    await page.goto('/');
    await logIn(page, made.token);
    const needing = page.getByRole('region', { name: '1 task needs a person' });
    await needing.getByText('held by Ruto').waitFor();
    expect(await needing.getByRole('button').count()).toBe(0);
    await page.getByText('The figures of the fleet are for the admin and main agents').waitFor();
    await needing.getByRole('link', { name: 'Too hard' }).click();
    await page.getByRole('region', { name: 'Now' }).getByText('Ruto').first().waitFor();
    await page.getByText('live', { exact: true }).waitFor();
    await expectAccessible(page);
    expect(refusals).toEqual([]);
  });

  test('fits a phone, down to 320 pixels', async () => {
    const page = await stage.admin('/', PHONE);
    await page.getByRole('region', { name: 'Uptime' }).waitFor();
    await page.locator('.uplot').first().waitFor();
    await expectNoSidewaysScroll(page);
    await page.setViewportSize({ width: 320, height: 640 });
    await expectNoSidewaysScroll(page);
    await expectAccessible(page);
    await page.goto('/ui/fleet');
    await page.getByRole('article', { name: 'alice' }).waitFor();
    await expectNoSidewaysScroll(page);
    await expectAccessible(page);
  });
});
