import type { Page, WebSocketRoute } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AgentClient } from '#client/client.ts';
import type { Agent, AgentCreated, Assignment, Task } from '#schemas/resources.ts';
import { ADMIN } from '#test/support/config.ts';
import { until } from '#test/support/until.ts';
import { CHROMIUM, expectAccessible, expectNoSidewaysScroll, logIn, PHONE, SLOW_MS, Stage } from './support.ts';

const HOSTILE = '<img src=x onerror="document.title=\'run\'"><b>bold</b> \u202Eשלום 👩‍👩‍👧‍👦 ';

describe.skipIf(CHROMIUM === null)('one task', { timeout: SLOW_MS }, () => {
  let stage: Stage;
  let alice: { client: AgentClient; made: AgentCreated };
  beforeAll(async () => {
    stage = await Stage.open({ MAX_SNOOZES: '100' });
    alice = await stage.agent('alice', { max_concurrent: 50, capabilities: ['write'] });
    await stage.agent('bob', { max_concurrent: 50 });
  });
  afterAll(() => stage[Symbol.asyncDispose]());

  const open = async (task: Task, options = {}): Promise<Page> => {
    const page = await stage.admin(`/ui/tasks/${task.id}`, options);
    page.setDefaultTimeout(10_000);
    await page.getByRole('region', { name: 'Timeline' }).waitFor();
    return page;
  };
  const now = (page: Page) => page.getByRole('region', { name: 'Now' });
  const timeline = (page: Page, text: string | RegExp) => page.getByRole('region', { name: 'Timeline' }).getByRole('listitem').filter({ hasText: text });
  const read = (task: Task) => stage.call<Task>('GET', `/tasks/${task.id}`);
  const newest = async (task: Task) => (await stage.call<{ items: Assignment[] }>('GET', `/tasks/${task.id}/assignments`)).items[0];

  test('tells who did what by which channel, as it happens, with the receipt of the ping', async () => {
    const task = await stage.task('Write the report', { agent_name: 'alice' });
    const page = await open(task);
    await timeline(page, 'Ping 1 to alice published').waitFor();
    await page.getByText(/^every \d+ (min|h) without an answer, or once midway where that leaves no time for one$/).waitFor();
    await timeline(page, 'Delivered to alice').waitFor();
    await now(page).getByText('no answer yet').waitFor();
    await alice.client.snooze({ task_id: task.id, minutes: 10, reason: 'lunch' });
    await timeline(page, /Snoozed for alice until .*: lunch.*by alice over MQTT/).waitFor();
    await now(page)
      .getByText(/in (9 min|10 min)/)
      .waitFor();
    await alice.client.ack({ task_id: task.id, progress: 0.25 });
    const acked = timeline(page, /Acknowledged for alice \(25 %\).*by alice over MQTT/);
    await acked.getByTitle(`with token ${alice.made.token_id}`).waitFor();
    await now(page).getByRole('progressbar').waitFor();
    await alice.client.complete({ task_id: task.id, result: { pages: 12 } });
    await timeline(page, 'Completed by alice').waitFor();
    await page.getByText('"pages": 12').waitFor();
  });

  test('says why: who was considered, and what happens if nobody ever answers', async () => {
    const task = await stage.task('Translate the letter', { agent_name: 'bob', required_capabilities: ['write'], escalation_chain: ['alice', 'Ruto'] });
    const page = await open(task);
    const why = page.getByRole('region', { name: 'Why?' });
    await why.getByRole('listitem').filter({ hasText: 'bob' }).getByText('write').waitFor();
    const steps = why.getByRole('listitem').filter({ hasText: 'bob has not answered in time' });
    await steps.getByText('Escalated from bob to alice').waitFor();
    await why.getByText('A person is called').waitFor();
  });

  test('what goes on without end is told once, and all of it to who asks; no mark of the axis lies over another', async () => {
    const soon = new Date(Date.now() + 1000).toISOString();
    const task = await stage.task('Ruto has it for good', { agent_name: 'Ruto', deadline: soon });
    await until('the deadline passed', async () => (await read(task)).needs_attention === 'deadline_passed', 20_000);
    await stage.call('POST', '/agents', { name: 'hasty', timeout_minutes: 1 });
    const ordinary = await stage.task('An ordinary one', { agent_name: 'hasty', escalation_chain: ['alice', 'Ruto'] });
    for (const [which, options] of [task, ordinary].flatMap((each) => [
      [each, {}] as const,
      [each, { ...PHONE, viewport: { width: 320, height: 640 } }] as const,
    ])) {
      const page = await open(which, options);
      const why = page.getByRole('region', { name: 'Why?' });
      await why.locator('.axis-point[data-numbered]').first().waitFor();
      expect(await page.evaluate(OVERLAPS)).toEqual([]);
      if (which === task) {
        const fold = why.getByText(/^then the same every .* more times, until /);
        expect(await fold.count()).toBe(1);
        expect(await why.getByText('Ruto keeps it').filter({ visible: true }).count()).toBe(1);
        expect(await why.getByText('to Ruto: reminded').filter({ visible: true }).count()).toBe(1);
        await fold.click();
        expect(await why.getByText('Ruto keeps it').filter({ visible: true }).count()).toBeGreaterThan(20);
        await expectNoSidewaysScroll(page);
        await expectAccessible(page, ['light']);
      }
      await page.close();
    }
  });

  test('each action once, with the mouse', async () => {
    const task = await stage.task('Mend the roof', { agent_name: 'alice' });
    const page = await open(task);
    await now(page).getByRole('button', { name: 'Ping now' }).click();
    await timeline(page, 'Ping 2 to alice published: asked by hand').waitFor();
    await now(page).getByRole('button', { name: 'Acknowledge' }).click();
    await timeline(page, /Acknowledged for alice.*by admin over REST/).waitFor();
    await now(page).getByRole('button', { name: 'Snooze…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: '15 min' }).click();
    await now(page).getByText('snoozed', { exact: true }).waitFor();

    await page.getByLabel('Your comment').fill('Mind the gutter');
    await page.getByRole('button', { name: 'Comment' }).click();
    await page
      .getByRole('region', { name: /^Comments/ })
      .getByText('Mind the gutter')
      .waitFor();
    await page.getByLabel('New phase', { exact: true }).fill('Ladder');
    await page.keyboard.press('Enter');
    await page.getByLabel('New todo in Ladder', { exact: true }).fill('Fetch it');
    await page.keyboard.press('Enter');
    await page.getByRole('checkbox', { name: 'Fetch it' }).check();
    await timeline(page, 'Phase done: Ladder').waitFor();

    await now(page).getByRole('button', { name: 'Reassign…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: /^bob/ }).click();
    await page.getByText('from alice, for bob').waitFor();
    await now(page).getByText('reassigning…').waitFor();
    await now(page).getByRole('link', { name: 'bob' }).waitFor({ timeout: 20_000 }); // after the seconds in which it could be undone
    await now(page).getByRole('button', { name: 'Complete' }).click();
    await page.getByText('Completing task').waitFor();
    await now(page).getByText('completing…').waitFor();
    await page.getByRole('button', { name: 'Undo' }).click();
    await now(page).getByText('completing…').waitFor({ state: 'detached' });
    expect((await read(task)).status).toBe('in_progress');
    const agents = await stage.call<{ items: Agent[] }>('GET', '/agents');
    for (const name of ['bob', 'Ruto']) {
      const id = agents.items.find((agent) => agent.name === name)?.id;
      await stage.call('POST', `/agents/${id}/fail`, { task_id: task.id, reason: 'too high' });
    }
    await now(page).getByText('nobody left to escalate to', { exact: true }).waitFor();
    await now(page).getByRole('button', { name: 'Resolve' }).click();
    await until('resolved', async () => (await read(task)).needs_attention === null);
    await page.getByRole('button', { name: `Actions for task ${task.id}` }).click();
    await page.getByRole('menuitem', { name: 'Cancel task' }).click();
    await now(page).getByText('cancelled', { exact: true }).waitFor({ timeout: 10_000 }); // after the seconds in which it could be undone
    await now(page).getByRole('button', { name: 'Reopen' }).click();
    await until('open again', async () => (await read(task)).status === 'todo');
    await page.getByRole('button', { name: `Actions for task ${task.id}` }).click();
    await page.getByRole('menuitem', { name: 'Delete…' }).click();
    await page.getByRole('button', { name: 'Delete for good' }).click();
    await page.getByRole('heading', { level: 1, name: 'Tasks' }).waitFor();
    await page.goto(`/ui/tasks/${task.id}`);
    await page.getByText('No such task').waitFor();
    expect(stage.complaints).toEqual([]);
  });

  test('two pages and one task: who was first is told, and what was refused is undone with the reason', async () => {
    const task = await stage.task('Answer the phone', { agent_name: 'alice' });
    const first = await open(task);
    const second = await stage.newPage();
    const deafen = await deafened(second);
    await second.goto(`/ui/tasks/${task.id}`);
    await second.getByLabel('Token').fill('admin-token-of-the-tests');
    await second.keyboard.press('Enter');
    await now(second).getByText('no answer yet').waitFor();
    await second.getByText('live', { exact: true }).waitFor(); // the screen may be drawn before the feed has told anything
    deafen();
    await alice.client.ack({ task_id: task.id });
    await now(first).getByText('acknowledged', { exact: true }).waitFor();
    await now(second).getByRole('button', { name: 'Acknowledge' }).click();
    await second.getByText(/alice had acknowledged task \d+ first/).waitFor();

    await alice.client.complete({ task_id: task.id });
    await now(first).getByText('done', { exact: true }).waitFor();
    await second.keyboard.press('s');
    await second.getByRole('dialog').getByRole('button', { name: '5 min', exact: true }).click();
    await second.locator('.toast[data-kind="failed"]').getByText(`alice has task ${task.id} no more: it is done, and nobody holds it now`).waitFor();
    await now(second).getByText('done', { exact: true }).waitFor();
  });

  test('of two who acknowledge at once the first is not told that it was the second', async () => {
    const task = await stage.task('Open the gate', { agent_name: 'alice' });
    const first = await open(task);
    const second = await stage.newPage();
    const deafen = await deafened(second);
    await second.goto(`/ui/tasks/${task.id}`);
    await logIn(second, ADMIN);
    await now(second).getByText('no answer yet').waitFor();
    await second.getByText('live', { exact: true }).waitFor(); // the screen may be drawn before the feed has told anything
    deafen();
    let go = (): void => {};
    const bothDone = new Promise<void>((done) => {
      go = done;
    });
    await first.route(/\/events\?.*kind=assignment\.acknowledged/, (route) => bothDone.then(() => route.continue()));
    await now(first).getByRole('button', { name: 'Acknowledge' }).click();
    await until('acknowledged', async () => (await newest(task))?.status === 'acknowledged');
    await now(second).getByRole('button', { name: 'Acknowledge' }).click();
    await second.getByText(`Another session of admin had acknowledged task ${task.id} first`).waitFor();
    go();
    await first.getByText(`Task ${task.id} acknowledged for alice`).waitFor();
  });

  test('the slash leads to the search, and what is typed at once goes there', async () => {
    await stage.task('Beta release', { is_ping_enabled: false });
    const page = await open(await stage.task('Something else', { is_ping_enabled: false }));
    await page.keyboard.press('/');
    await page.keyboard.type('beta');
    const search = page.getByRole('searchbox', { name: 'Search by id or text' });
    await until('typed there', async () => (await search.inputValue()) === 'beta');
    expect(await page.getByRole('dialog').count()).toBe(0);
    await page.getByRole('link', { name: 'Beta release' }).waitFor();
    await page.goto('/ui/traffic');
    await page.getByLabel('Topic filter').waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('a');
    expect(await page.getByLabel('Topic filter').inputValue()).toBe('a');
  });

  test('with the keyboard alone', async () => {
    const task = await stage.task('Sweep the yard', { agent_name: 'alice' });
    const page = await open(task);
    await page.keyboard.press('a');
    await now(page).getByText('acknowledged', { exact: true }).waitFor();
    await page.keyboard.press('s');
    await page.getByRole('dialog').getByRole('button', { name: '30 min' }).focus();
    await page.keyboard.press('Enter');
    await now(page).getByText('snoozed', { exact: true }).waitFor();
    await page.keyboard.press('r');
    await page.getByRole('dialog').getByPlaceholder('Name').fill('bob');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await until('bob has it', async () => (await newest(task))?.agent_name === 'bob', 20_000);
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.keyboard.press('?');
    await page.getByRole('dialog').getByText('Snooze for the holder').waitFor();
  });

  test('64 KiB of hostile text stay text; nothing that axe finds, nothing wider than the window', async () => {
    const task = await stage.task(HOSTILE + 'W'.repeat(400), { agent_name: 'alice', description: HOSTILE.repeat(450) });
    const phase = await stage.call<{ id: number }>('POST', `/tasks/${task.id}/phases`, { name: HOSTILE });
    await stage.call('POST', `/phases/${phase.id}/todos`, { title: HOSTILE + 'x'.repeat(300) });
    await stage.call('POST', `/tasks/${task.id}/comments`, { content: 'Y'.repeat(60_000) });
    await alice.client.ack({ task_id: task.id, note: HOSTILE.repeat(200) });
    for (const options of [{}, { ...PHONE, viewport: { width: 320, height: 640 } }]) {
      const page = await open(task, options);
      await timeline(page, 'Acknowledged for alice').waitFor();
      await page
        .getByRole('button', { name: /Show all/ })
        .last()
        .click();
      await expectNoSidewaysScroll(page);
      await expectAccessible(page);
      expect(await page.title()).not.toBe('run');
      expect(await page.locator('main img, main b').count()).toBe(0);
      await page.close();
    }
    expect(stage.complaints).toEqual([]);
  }, 40_000);
});

/** Marks of the axis that begin before the one to their left has ended. */
const OVERLAPS = `[...document.querySelectorAll('.axis-point[data-numbered]')]
  .map((mark) => ({ text: mark.textContent, box: mark.getBoundingClientRect() }))
  .filter(({ box }, i, all) => i > 0 && box.left < all[i - 1].box.right)
  .map(({ text }) => text)`;

/** The returned function makes the page hear nothing more of what happens, and not find that out: what it is told of the trail is that it is empty. */
async function deafened(page: Page): Promise<() => void> {
  let isHeld = false;
  await page.routeWebSocket(/\/ws/, (socket: WebSocketRoute) => {
    const server = socket.connectToServer();
    server.onMessage((message) => void (isHeld || socket.send(message)));
  });
  await page.route(/\/events\?order=desc&limit=1$/, (route) => (isHeld ? route.fulfill({ json: { items: [], next_cursor: null } }) : route.continue()));
  return () => {
    isHeld = true;
  };
}
