import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Assignment, Task } from '#schemas/resources.ts';
import { ADMIN } from '#test/support/config.ts';
import { findService } from '#test/support/services.ts';
import { until } from '#test/support/until.ts';
import { CHROMIUM, expectAccessible, expectNoSidewaysScroll, logIn, PHONE, SLOW_MS, Stage } from './support.ts';

const HOSTILE = '<img src=x onerror="document.title=\'run\'"> \u202Eשלום 👩‍👩‍👧‍👦 ';
const MOSQUITTO = findService('mosquitto_pub');

describe.skipIf(CHROMIUM === null)('the tasks', { timeout: SLOW_MS }, () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.open({ ALLOW_PRIVATE_ENDPOINTS: 'true' });
    for (const name of ['alice', 'bob', 'carol']) await stage.agent(name, { max_concurrent: 20 });
  });
  afterAll(() => stage[Symbol.asyncDispose]());

  const column = (page: Page, name: string) => page.getByRole('region', { name: new RegExp(`^${name} \\d+$`) });
  const card = (page: Page, task: Task) => page.locator('article', { has: page.locator(`[data-row="${task.id}"]`) });
  const holderOf = async (task: Task) => {
    const { items } = await stage.call<{ items: Assignment[] }>('GET', `/tasks/${task.id}/assignments`);
    return items[0]?.agent_name;
  };

  test('how many are closed is not claimed to be known where there are more', async () => {
    const page = await stage.newPage();
    await page.route(/\/tasks\?status=done/, async (route) => {
      const answer = await route.fetch();
      await route.fulfill({ response: answer, json: { ...(await answer.json()), next_cursor: 'more' } });
    });
    await page.route(/\/tasks\/counts$/, (route) => route.abort());
    await stage.task('Counted', { is_ping_enabled: false });
    await page.goto('/ui/tasks');
    await logIn(page, ADMIN);
    await page.getByRole('button', { name: /^Done \d+\+$/ }).waitFor();
    await page.getByRole('button', { name: /^To do \d+$/ }).waitFor();
  });

  test('a card moves by itself when its agent answers over MQTT', async () => {
    const { made } = await stage.agent('dora');
    const task = await stage.task('Feed the cat', { agent_name: 'dora' });
    const page = await stage.admin('/ui/tasks');
    await column(page, 'Pending').getByRole('link', { name: task.name }).waitFor();
    if (MOSQUITTO === null) await stage.call('POST', `/agents/${made.id}/acknowledge`, { task_id: task.id });
    else {
      const [, host = '', port = ''] = /\/\/([^:]+):(\d+)/.exec(stage.mqtt) ?? [];
      const message = JSON.stringify({ task_id: task.id });
      await promisify(execFile)(MOSQUITTO, ['-h', host, '-p', port, '-q', '1', '-u', 'dora', '-P', made.token, '-t', 'agents/dora/ack', '-m', message]);
    }
    await column(page, 'Acknowledged').getByRole('link', { name: task.name }).waitFor();
  });

  test('a new task: what is wrong stands at its field, what is right is made; changed, found again by its id', async () => {
    const page = await stage.admin('/ui/tasks');
    await page.getByRole('button', { name: 'New task' }).waitFor();
    await page.keyboard.press('n');
    const dialog = page.getByRole('dialog', { name: 'New task' });
    await dialog.getByLabel('Agent').fill('nobody-of-this-name');
    await dialog.getByLabel('Priority').fill('high');
    await dialog.getByRole('button', { name: 'Create task' }).click();
    expect(await dialog.locator('[aria-invalid="true"]').count()).toBe(2); // no name, and a word for a number
    await dialog.getByLabel('Name').fill('Paint the fence');
    await dialog.getByLabel('Priority').fill('7');
    await dialog.getByLabel('Waits for').fill('999999');
    await dialog.getByRole('button', { name: 'Create task' }).click();
    await dialog.locator('#task-agent_name[aria-invalid="true"], #task-blocked_by[aria-invalid="true"]').waitFor();
    await dialog.getByLabel('Waits for').fill('');
    await dialog.getByLabel('Agent').fill('bob');
    await dialog.getByLabel('Deadline').fill('2099-01-01T10:00');
    await dialog.getByRole('button', { name: 'Create task' }).click();
    await dialog.waitFor({ state: 'detached' });
    const link = column(page, 'Pending').getByRole('link', { name: 'Paint the fence' });
    const id = Number(await link.getAttribute('data-row'));
    await page.getByRole('button', { name: `Actions for task ${id}` }).click();
    await page.getByRole('menuitem', { name: 'Edit…' }).click();
    await page.getByRole('dialog').getByLabel('Name').fill('Paint the gate');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('link', { name: 'Paint the gate' }).waitFor();
    expect(await stage.call<Task>('GET', `/tasks/${id}`)).toMatchObject({ name: 'Paint the gate', priority: 7, required_capabilities: [] });

    await page.keyboard.press('/');
    await page.keyboard.type(`#${id}`);
    await until('only this one', async () => (await page.locator('main [data-row]').count()) === 1);
    expect(new URL(page.url()).searchParams.get('q')).toBe(`#${id}`);
    await page.getByRole('button', { name: 'Clear' }).click();
    await page.getByRole('combobox', { name: 'Holder' }).selectOption('carol');
    await until('none of bob', async () => (await page.getByRole('link', { name: 'Paint the gate' }).count()) === 0);
    await page.getByRole('combobox', { name: 'Order' }).selectOption('-priority');
    await page.getByRole('button', { name: /^Pending/ }).click();
    expect(Object.fromEntries(new URL(page.url()).searchParams)).toEqual({ agent: 'carol', sort: '-priority', status: 'pending' });
    expect(stage.complaints).toEqual([]);
  });

  test('a task dropped on an agent is its; one taken from somebody can be given back', async () => {
    const task = await stage.task('Carry the piano', { is_ping_enabled: false });
    const page = await stage.admin('/ui/tasks');
    await card(page, task).dragTo(page.getByRole('region', { name: 'Agents' }).getByRole('button', { name: /alice/ }));
    await until('alice has it', async () => (await holderOf(task)) === 'alice');
    await card(page, task).getByRole('link', { name: 'alice' }).waitFor();
    await card(page, task).dragTo(page.getByRole('region', { name: 'Agents' }).getByRole('button', { name: /bob/ }));
    await page.getByText('from alice, for bob').waitFor();
    await card(page, task).getByText('reassigning…').waitFor();
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByText('from alice, for bob').waitFor({ state: 'detached' });
    await card(page, task).getByText('reassigning…').waitFor({ state: 'detached' });
    expect(await holderOf(task)).toBe('alice');
  });

  test('with the keyboard alone: found, acknowledged, snoozed, assigned, opened', async () => {
    const task = await stage.task('Tune the violin', { agent_name: 'alice' });
    const page = await stage.admin('/ui/tasks?q=violin&view=list');
    await page.getByRole('link', { name: task.name }).waitFor();
    const isFocused = (): Promise<boolean> => page.evaluate(`document.activeElement?.dataset?.row === '${task.id}'`);
    // the link may be drawn a moment before the keys are heard
    await until('the row has the focus', async () => {
      await page.keyboard.press('j');
      return isFocused();
    });
    await page.keyboard.press('a');
    await page.getByText('acknowledged', { exact: true }).waitFor();
    await page.keyboard.press('p');
    await page.getByRole('status').getByText(/ping/i).waitFor();
    await page.keyboard.press('s');
    await page.getByRole('dialog').waitFor();
    await page.getByLabel('Other, in minutes').focus();
    await page.keyboard.type('20');
    await page.keyboard.press('Enter');
    await page.getByText('snoozed', { exact: true }).waitFor();
    await until('the row has the focus again', isFocused);
    await page.keyboard.press('r');
    await page.getByRole('dialog').getByPlaceholder('Name').fill('bob');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await until('bob has it', async () => (await holderOf(task)) === 'bob', 20_000);
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.locator(`[data-row="${task.id}"]`).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: /Tune the violin/ }).waitFor();
  });

  test('several at once, and what one of them refuses', async () => {
    const tasks = await Promise.all(['one', 'two'].map((name) => stage.task(`Batch ${name}`, { is_ping_enabled: false })));
    const page = await stage.admin('/ui/tasks?q=Batch');
    for (const { id } of tasks) await page.getByRole('checkbox', { name: `Select task ${id}` }).check();
    const bar = page.getByRole('region', { name: 'Selected tasks' });
    await bar.getByText('2 selected').waitFor();
    await bar.getByRole('button', { name: 'Ping' }).click();
    await page.getByText('0 of 2 done').waitFor();
    await page.getByText(`#${tasks[0]?.id}:`).waitFor(); // nobody holds them: told for each
    await bar.getByRole('button', { name: 'Assign…' }).click();
    await page.getByRole('dialog').getByLabel('Agent').fill('carol');
    await page.keyboard.press('Enter');
    await page.getByText('Assigning 2 tasks to carol').waitFor();
    await page.close({ runBeforeUnload: true }); // leaving carries out what waits for an undo
    for (const task of tasks) await until('carol has it', async () => (await holderOf(task)) === 'carol');
  });

  test('hostile text stays text; nothing that axe finds, nothing wider than the window, down to 320 px', async () => {
    await stage.task(HOSTILE + 'W'.repeat(400), { agent_name: 'alice', description: HOSTILE.repeat(500) });
    const wide = await stage.admin('/ui/tasks');
    await wide.getByText('onerror').first().waitFor();
    await expectAccessible(wide);
    await wide.goto('/ui/tasks?view=list');
    await wide.getByText('onerror').first().waitFor();
    await expectNoSidewaysScroll(wide);
    await wide.close();
    const phone = await stage.admin('/ui/tasks', { ...PHONE, viewport: { width: 320, height: 640 } });
    await phone.getByText('onerror').first().waitFor();
    await expectAccessible(phone);
    await expectNoSidewaysScroll(phone);
    await expectWholeChips(phone);
    await phone.goto('/ui/traffic');
    await phone.locator('.chip').first().waitFor();
    await expectWholeChips(phone);
    await phone.goto('/ui/tasks?view=board');
    await phone.locator('article').first().waitFor();
    await expectNoSidewaysScroll(phone);
    await phone.goto('/ui/tasks?view=board&new=1');
    await phone.getByRole('dialog', { name: 'New task' }).waitFor();
    await expectAccessible(phone);
    await expectNoSidewaysScroll(phone);
    expect(await phone.title()).not.toBe('run');
    expect(stage.complaints).toEqual([]);
  }, 60_000);
});

/** Each chip lies in the window with all of its words. */
async function expectWholeChips(page: Page): Promise<void> {
  const cut = `[...document.querySelectorAll('.chip')]
    .filter((chip) => chip.scrollWidth > chip.clientWidth || chip.getBoundingClientRect().left < 0 || chip.getBoundingClientRect().right > innerWidth)
    .map((chip) => chip.textContent)`;
  expect(await page.evaluate(cut)).toEqual([]);
}
