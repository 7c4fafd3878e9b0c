import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Agent, Assignment, Task } from '#schemas/resources.ts';
import { ADMIN } from '#test/support/config.ts';
import { until } from '#test/support/until.ts';
import { CHROMIUM, logIn, SLOW_MS, Stage } from './support.ts';

/** What waits for an undo is carried out by then, on a machine that others use, too. */
const UNDONE_MS = 20_000;

describe.skipIf(CHROMIUM === null)('what people do', { timeout: SLOW_MS }, () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.open();
    for (const name of ['alice', 'bob']) await stage.agent(name, { max_concurrent: 20 });
  });
  afterAll(() => stage[Symbol.asyncDispose]());

  const read = (id: number) => stage.call<Task>('GET', `/tasks/${id}`);
  const holderOf = async (id: number) => (await stage.call<{ items: Assignment[] }>('GET', `/tasks/${id}/assignments`)).items[0]?.agent_name;
  /** A task that needs a person, and when that is settled does so no more. */
  const late = async (name: string): Promise<Task> => {
    const made = await stage.task(name, { agent_name: 'alice', deadline: new Date(Date.now() + 300).toISOString() });
    await until('its deadline has passed', async () => (await read(made.id)).needs_attention === 'deadline_passed');
    return made;
  };
  /** A task that nobody can take. */
  const stuck = (name: string) => stage.task(name, { required_capabilities: ['telepathy'], escalation_chain: [] });
  const focusRow = (page: Page, id: number) => page.locator(`main [data-row="${id}"]`).first().focus();

  test('on the overview: resolved by button and by key, cancelled unless it is taken back', async () => {
    const [one, two, three] = [await late('One'), await late('Two'), await late('Three')];
    const page = await stage.admin('/');
    const needing = page.getByRole('region', { name: /need a person|needs a person/ });
    const row = (task: Task) => needing.getByRole('listitem').filter({ has: page.locator(`[data-row="${task.id}"]`) });
    await row(one).getByRole('button', { name: 'Resolve' }).click();
    await row(one).waitFor({ state: 'detached' });
    expect((await read(one.id)).needs_attention).toBeNull();
    await focusRow(page, two.id);
    await page.keyboard.press('d');
    await row(two).waitFor({ state: 'detached' });
    await row(three).getByRole('button', { name: 'Cancel Three' }).click();
    await row(three).getByText('cancelling…').waitFor();
    await page.getByRole('button', { name: 'Undo' }).click();
    await row(three).getByText('cancelling…').waitFor({ state: 'detached' });
    await row(three).getByRole('button', { name: 'Cancel Three' }).click();
    await row(three).waitFor({ state: 'detached', timeout: UNDONE_MS });
    expect((await read(three.id)).status).toBe('cancelled');
    expect(stage.complaints).toEqual([]);
  });

  test('on the fleet, by key: a task for the agent in focus, a ping, an ack and a snooze in its name, and off with it', async () => {
    const { made } = await stage.agent('carol');
    const task = await stage.task('Whistle', { required_capabilities: ['telepathy'], is_ping_enabled: false });
    const page = await stage.admin('/ui/fleet');
    await page.getByRole('article', { name: 'carol' }).waitFor();
    await focusRow(page, made.id);
    await page.keyboard.press('r');
    await page.getByRole('dialog').getByPlaceholder('Name of a task').fill('Whistle');
    await page
      .getByRole('dialog')
      .getByRole('button', { name: /^Whistle/ })
      .press('Enter');
    await until('carol has it', async () => (await holderOf(task.id)) === 'carol');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.getByRole('article', { name: 'carol' }).getByRole('link', { name: 'Whistle' }).waitFor();
    await focusRow(page, made.id);
    await page.keyboard.press('p');
    await page.locator('.toast').getByText(/ping/i).first().waitFor();
    await page.keyboard.press('a');
    await page.getByRole('article', { name: 'carol' }).getByText('working').waitFor();
    await page.keyboard.press('s');
    await page.getByRole('dialog').getByRole('button', { name: '15 min' }).press('Enter');
    await page.getByRole('article', { name: 'carol' }).getByText('busy').waitFor();
    await focusRow(page, made.id);
    await page.keyboard.press('x');
    await page.getByRole('dialog').getByRole('button', { name: 'Deactivate' }).click();
    await page.getByRole('article', { name: 'carol' }).waitFor({ state: 'detached' });
    expect((await stage.call<Agent>('GET', `/agents/${made.id}`)).is_active).toBe(false);
  });

  test('several tasks at once: resolved, given to whoever is free, cancelled unless it is taken back', async () => {
    const tasks = [await stuck('Batch one'), await stuck('Batch two')];
    const page = await stage.admin('/ui/tasks?q=Batch');
    for (const { id } of tasks) await page.getByRole('checkbox', { name: `Select task ${id}` }).check();
    const bar = page.getByRole('region', { name: 'Selected tasks' });
    const select = async (): Promise<void> => {
      for (const { id } of tasks) await page.getByRole('checkbox', { name: `Select task ${id}` }).check();
    };
    await bar.getByRole('button', { name: 'Resolve' }).click();
    await page.getByText('2 of 2 done').waitFor();
    for (const { id } of tasks) await stage.call('PATCH', `/tasks/${id}`, { required_capabilities: [] });
    await select();
    await bar.getByRole('button', { name: 'Assign…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Assign' }).click();
    for (const { id } of tasks) await until('somebody has it', async () => (await holderOf(id)) !== undefined, UNDONE_MS);
    await select();
    await bar.getByRole('button', { name: 'Cancel' }).click();
    await page.locator('.toast').filter({ hasText: 'Cancelling 2 tasks' }).getByRole('button', { name: 'Undo' }).click();
    await bar.getByRole('button', { name: 'Cancel' }).click();
    for (const { id } of tasks) await until('cancelled', async () => (await read(id)).status === 'cancelled', UNDONE_MS);
  });

  test('a task is taken from its holder only after time to think; what others changed meanwhile is not overwritten', async () => {
    const task = await stage.task('Ring the bell', { agent_name: 'alice' });
    const page = await stage.admin(`/ui/tasks/${task.id}`);
    await page.getByRole('button', { name: 'Reassign…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: /^bob/ }).click();
    await page.getByText('from alice, for bob').waitFor();
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByText('from alice, for bob').waitFor({ state: 'detached' });
    expect(await holderOf(task.id)).toBe('alice');

    const isRead = page.waitForResponse((answer) => new URL(answer.url()).pathname === `/tasks/${task.id}`);
    await page.getByRole('button', { name: 'Edit', exact: true }).click();
    const dialog = page.getByRole('dialog');
    await isRead;
    await stage.call('PATCH', `/tasks/${task.id}`, { priority: 9 });
    await dialog.getByLabel('Priority').fill('3');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.getByRole('alert').getByText('Somebody else changed this task meanwhile').waitFor();
    await page.keyboard.press('Escape');
    expect((await read(task.id)).priority).toBe(9);
  });

  test('phases and todos go away unless that is taken back; a comment by Ctrl and Enter', async () => {
    const task = await stage.task('Bake', { is_ping_enabled: false });
    const phase = await stage.call<{ id: number }>('POST', `/tasks/${task.id}/phases`, { name: 'Dough' });
    await stage.call('POST', `/phases/${phase.id}/todos`, { title: 'Knead' });
    const page = await stage.admin(`/ui/tasks/${task.id}`);
    await page.getByRole('button', { name: 'Delete todo Knead' }).click();
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByRole('button', { name: 'Delete todo Knead' }).click();
    await page.getByRole('checkbox', { name: 'Knead' }).waitFor({ state: 'detached', timeout: UNDONE_MS });
    await page.getByRole('button', { name: 'Delete phase Dough' }).click();
    await page.getByRole('heading', { name: 'Dough' }).waitFor({ state: 'detached', timeout: UNDONE_MS });
    await page.getByLabel('Your comment').fill('Smells good');
    await page.keyboard.press('Control+Enter');
    await page
      .getByRole('region', { name: /^Comments/ })
      .getByText('Smells good')
      .waitFor();
  });

  test('who logs out has done what waited for an undo; what cannot be done is said, and what', async () => {
    const [one, two] = [await stage.task('Shut the door', { is_ping_enabled: false }), await stage.task('Open the window', { is_ping_enabled: false })];
    const page = await stage.admin(`/ui/tasks/${one.id}`);
    const cancel = async (id: number): Promise<void> => {
      await page.getByRole('button', { name: `Actions for task ${id}` }).click();
      await page.getByRole('menuitem', { name: 'Cancel task' }).click();
      await page.locator('.toast').filter({ hasText: 'Cancelling' }).waitFor();
    };
    await cancel(one.id);
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByLabel('Token').waitFor();
    expect((await read(one.id)).status).toBe('cancelled');
    await page.goto(`/ui/tasks/${two.id}`);
    await logIn(page, ADMIN);
    await cancel(two.id);
    await page.context().setOffline(true);
    await page.getByText('Cancelling “Open the window”: not done, as the connection is lost').waitFor({ timeout: UNDONE_MS });
    expect((await read(two.id)).status).toBe('todo');
  });

  test('of two pages that give one task away, the second is told who has it', async () => {
    const task = await stage.task('One crown', { is_ping_enabled: false });
    const [first, second] = [await stage.admin(`/ui/tasks/${task.id}`), await stage.admin(`/ui/tasks/${task.id}`)];
    const choose = async (page: Page, name: string): Promise<void> => {
      await page.getByRole('button', { name: 'Assign…' }).click();
      await page.getByRole('dialog').getByPlaceholder('Name').fill(name);
    };
    await choose(first, 'alice');
    await choose(second, 'bob');
    await first
      .getByRole('dialog')
      .getByRole('button', { name: /^alice/ })
      .click();
    await until('alice has it', async () => (await holderOf(task.id)) === 'alice');
    await second.getByRole('region', { name: 'Now' }).getByRole('link', { name: 'alice' }).waitFor({ state: 'attached' });
    await second.getByRole('dialog').getByRole('button', { name: /^bob/ }).click();
    await second.getByText(`Taking task ${task.id} from alice, for bob`).waitFor();
    await second.getByRole('button', { name: 'Undo' }).click();
    expect(await holderOf(task.id)).toBe('alice');
    expect(stage.complaints).toEqual([]);
  });
});
