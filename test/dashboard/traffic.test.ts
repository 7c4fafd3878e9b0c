import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '#test/support/until.ts';
import { CHROMIUM, expectAccessible, expectNoSidewaysScroll, logIn, PHONE, SLOW_MS, Stage } from './support.ts';

describe.skipIf(CHROMIUM === null)('traffic', { timeout: SLOW_MS }, () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.open();
  });
  afterAll(() => stage[Symbol.asyncDispose]());

  test('shows what goes through the broker: narrowed, paused, cleared, and each message in full', async () => {
    const { client } = await stage.agent('alice');
    const page = await stage.admin('/ui/traffic');
    const rows = page.getByRole('list', { name: 'Messages, newest first' }).getByRole('button');
    await page.getByRole('status').getByText('Listening.').waitFor();
    await rows.filter({ hasText: 'coordinator/status' }).first().waitFor(); // retained
    const task = await stage.task('A task', { agent_name: 'alice' });
    await client.ack({ task_id: task.id, note: "it's <b>on</b>" });
    await rows.filter({ hasText: 'agents/alice/ping' }).first().waitFor();
    await rows.filter({ hasText: 'agents/alice/ack' }).first().click();
    const dialog = page.getByRole('dialog', { name: 'Message' });
    await dialog.getByText(`"note": "it's <b>on</b>"`).waitFor();
    expect(await dialog.getByRole('region', { name: 'mosquitto_pub' }).textContent()).toMatch(
      /^mosquitto_pub -h 127\.0\.0\.1 -p \d+ -u alice .* -t agents\/alice\/ack -m '\{.*it'\\''s/,
    );
    await expectAccessible(page);
    await page.keyboard.press('Escape');

    await page.getByRole('button', { name: /To the coordinator/ }).click();
    await page.getByLabel('Hide heartbeats').check();
    await until('only what agents say', async () => (await rows.count()) === 1);
    await page.getByRole('button', { name: 'Pause' }).click();
    await client.ack({ task_id: task.id });
    await page.getByRole('button', { name: /Go on \(\d+ new\)/ }).click();
    await until('taken up', async () => (await rows.count()) === 2);
    await page.getByRole('button', { name: 'Clear' }).click();
    await page.getByText('shows up here').waitFor();
    expect(stage.complaints).toEqual([]);
  });

  test('a filter that is none is told why, a sound one is followed; on a phone', async () => {
    const page = await stage.admin('/ui/traffic', PHONE);
    const filter = page.getByLabel('Topic filter');
    await filter.fill('agents/#/ping');
    await page.getByRole('button', { name: 'Listen' }).click();
    await page.getByRole('alert').getByText('at the end').waitFor();
    await filter.fill('agents/+/heartbeat');
    await page.getByRole('button', { name: 'Listen' }).click();
    await page
      .getByRole('button', { name: /agents\/alice\/heartbeat/ })
      .first()
      .waitFor();
    await expectNoSidewaysScroll(page);
    await page.getByRole('button', { name: 'Pause' }).click();
    await expectAccessible(page);
  });

  test('an agent hears what is its own, and is told that it may not hear more', async () => {
    const { made } = await stage.agent('bob');
    const page = await stage.newPage();
    await page.goto('/ui/traffic');
    await logIn(page, made.token);
    await page
      .getByRole('button', { name: /agents\/bob\/heartbeat/ })
      .first()
      .waitFor();
    await page.getByLabel('Topic filter').fill('agents/alice/#');
    await page.getByRole('button', { name: 'Listen' }).click();
    await page.getByText('This login may not listen to agents/alice/#.').first().waitFor();
    expect(await page.getByRole('button', { name: /agents\/alice/ }).count()).toBe(0);
  });
});
