import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FeedEvent, FeedSnapshot } from '#schemas/live.ts';
import type { Event, Task } from '#schemas/resources.ts';
import { parser } from '#schemas/validator.ts';
import { ADMIN } from '#test/support/config.ts';
import { until } from '#test/support/until.ts';
import { bearer, Listener, LiveApp, upgrade } from './live.ts';

let app: LiveApp;
const open: Listener[] = [];
beforeAll(async () => {
  app = await LiveApp.start();
});
afterAll(async () => {
  for (const { socket } of open) socket.terminate();
  await app[Symbol.asyncDispose]();
});

function listen(query = '', token = ADMIN): Listener {
  const listener = new Listener(`${app.ws}/ws${query}`, bearer(token));
  open.push(listener);
  return listener;
}

const isSnapshot = parser(FeedSnapshot);
const isEvent = parser(FeedEvent);
const everything = async (after: number, token = ADMIN): Promise<Event[]> => {
  const all: Event[] = [];
  let cursor = '';
  do {
    const page = await app.ok<{ items: Event[]; next_cursor: string | null }>(
      'GET',
      `/events?limit=200&${cursor || `after=${after}`}`,
      undefined,
      bearer(token),
    );
    all.push(...page.items);
    cursor = page.next_cursor === null ? '' : `cursor=${page.next_cursor}`;
  } while (cursor !== '');
  return all;
};

describe('who may listen', () => {
  test('a token, or a cookie with our Origin; nobody else, and nothing before that is upgraded', async () => {
    const { cookie } = await app.logIn();
    const url = `${app.ws}/ws`;
    expect(await upgrade(url)).toBe(401);
    expect(await upgrade(url, bearer('psa_wrong'))).toBe(401);
    expect(await upgrade(`${url}?token=${ADMIN}`)).toBe(401);
    expect(await upgrade(url, bearer(ADMIN))).toBe(101);
    expect(await upgrade(url, app.page(cookie))).toBe(101);
    expect(await upgrade(url, { cookie })).toBe(403);
    expect(await upgrade(url, { cookie, origin: 'http://evil.example' })).toBe(403);
    expect(await upgrade(url, { cookie, origin: `http://localhost:${new URL(app.http).port}` })).toBe(403);
    expect(await upgrade(url, { ...bearer(ADMIN), origin: 'http://evil.example' })).toBe(403);
    expect(await upgrade(url, { ...bearer(ADMIN), origin: app.http })).toBe(101);
    expect(await upgrade(url, { ...bearer(ADMIN), host: 'rebound.example' })).toBe(421);
    expect(await upgrade(`${url}?after=x`, bearer(ADMIN))).toBe(400);
    expect(await upgrade(`${url}?after=-1`, bearer(ADMIN))).toBe(400);
    const plain = await app.ask('GET', '/ws');
    expect([plain.status, plain.headers.get('upgrade')]).toEqual([426, 'websocket']);
  });

  test('a revoked session ends its feed, and no other', async () => {
    const [first, second] = [await app.logIn(), await app.logIn()];
    const [ending, staying] = [first, second].map(({ cookie }) => new Listener(`${app.ws}/ws`, app.page(cookie))) as [Listener, Listener];
    open.push(ending, staying);
    await Promise.all([ending.snapshot(), staying.snapshot()]);
    await app.ok('DELETE', '/session', undefined, app.page(first.cookie));
    expect(await ending.end()).toBe(4401);
    const task = await app.task();
    await staying.event(({ event }) => event.task_id === task.id);
    expect(staying.closed).toBeNull();
  });
});

describe('what is told', () => {
  test('the state first, then what happens, with what it changed as the GETs show it', async () => {
    const anna = await app.agent('anna');
    const listener = listen();
    const snapshot = await listener.snapshot();
    expect(isSnapshot(snapshot)).toMatchObject({ ok: true });
    expect(snapshot).toMatchObject({ resumed: false, truncated: false });
    expect(snapshot.agents.map(({ name }) => name)).toEqual(expect.arrayContaining(['Ruto', 'anna']));
    const task = await app.task('anna');
    const assigned = await listener.event(({ event }) => event.kind === 'assignment.assigned' && event.task_id === task.id);
    expect(isEvent(assigned)).toMatchObject({ ok: true });
    expect(assigned).toMatchObject({
      agent: { id: anna.id, status: 'busy' },
      task: { id: task.id, assigned_agent_id: anna.id },
      assignment: { task_id: task.id, status: 'pending' },
    });
    await app.ok('POST', `/agents/${anna.id}/complete`, { task_id: task.id });
    const done = await listener.event(({ event }) => event.kind === 'assignment.completed' && event.task_id === task.id);
    expect(done.task).toEqual(await app.ok('GET', `/tasks/${task.id}`));
    expect(done.agent).toEqual(await app.ok('GET', `/agents/${anna.id}`));
    expect(listener.ids).toEqual((await everything(snapshot.last_event_id)).map(({ id }) => id));
  });

  test('a deleted task has no resource any more', async () => {
    const listener = listen();
    await listener.snapshot();
    const task = await app.task();
    await app.ok('DELETE', `/tasks/${task.id}`);
    const deleted = await listener.event(({ event }) => event.kind === 'task.deleted' && event.task_id === task.id);
    expect([deleted.task, deleted.assignment]).toEqual([undefined, undefined]);
  });

  test('each sees what its GETs would show: a sub-agent its own, a main agent no refused payloads', async () => {
    const [carl, dora] = [await app.agent('carl'), await app.agent('dora')];
    const ruto = (await app.ok<{ items: { id: number }[] }>('GET', '/agents')).items[0]?.id;
    const main = await app.ok<{ token: string }>('POST', `/agents/${ruto}/token`);
    const others: Task[] = [await app.task('dora'), await app.task()];
    const [own, boss, admin] = [listen('', carl.token), listen('', main.token), listen()];
    const snapshot = await own.snapshot();
    await Promise.all([boss.snapshot(), admin.snapshot()]);
    expect([snapshot.agents.map(({ id }) => id), snapshot.tasks]).toEqual([[carl.id], []]);
    await app.ok('POST', `/agents/${dora.id}/acknowledge`, { task_id: others[0]?.id });
    const task = await app.task('carl');
    await app.ask('POST', `/agents/${carl.id}/acknowledge`, { task_id: others[1]?.id }, bearer(carl.token));
    await app.ok('POST', `/tasks/${task.id}/assign`, { agent_name: 'dora' });
    const last = (await everything(0)).at(-1)?.id ?? 0;
    await admin.event(({ event }) => event.id >= last);
    const visible = await everything(snapshot.last_event_id, carl.token);
    await own.event(({ event }) => event.id === visible.at(-1)?.id);
    expect(own.events.map(({ event }) => event)).toEqual(visible);
    expect(own.ids.length).toBeLessThan(admin.ids.length);
    for (const { agent, task: shown } of own.events) {
      expect([carl.id, undefined]).toContain(agent?.id);
      expect([task.id, undefined]).toContain(shown?.id);
    }
    expect(boss.ids).toEqual(admin.ids);
    const payloads = (listener: Listener): unknown[] =>
      listener.events.filter(({ event }) => event.kind === 'message.refused').flatMap(({ event }) => Object.keys(event.data));
    expect(payloads(boss)).not.toContain('excerpt');
  });
});

describe('resuming', () => {
  test('after an event: what was missed, then what happens', async () => {
    const first = listen();
    const { last_event_id } = await first.snapshot();
    const missed = await app.task('anna');
    const again = listen(`?after=${last_event_id}`);
    const silent = listen(`?after=${last_event_id}&snapshot=false`);
    const later = await app.task();
    for (const listener of [again, silent]) {
      await listener.event(({ event }) => event.task_id === missed.id);
      await listener.event(({ event }) => event.task_id === later.id);
    }
    expect(again.heard[0]).toMatchObject({ type: 'snapshot', resumed: true, last_event_id });
    expect(silent.heard[0]?.type).toBe('event');
    const all = (await everything(last_event_id)).map(({ id }) => id);
    await until('all of them', () => again.ids.length >= all.length && silent.ids.length >= all.length);
    expect([again.ids, silent.ids]).toEqual([all, all]);
  });

  test('after nothing at all: the whole log; after an event to come: the state', async () => {
    const all = await everything(0);
    const whole = listen('?after=0&snapshot=false');
    await until('the log', () => whole.ids.length >= all.length);
    expect(whole.ids).toEqual(all.map(({ id }) => id));
    const future = listen('?after=1000000&snapshot=false');
    expect(await future.snapshot()).toMatchObject({ resumed: false, last_event_id: all.at(-1)?.id });
    const task = await app.task();
    await future.event(({ event }) => event.task_id === task.id);
  });

  test('without gap or duplicate under a stream of events, leaving at any moment', async () => {
    const task = await app.task();
    let going = true;
    const say = async (content: string) => {
      while (going) await app.ok('POST', `/tasks/${task.id}/comments`, { content });
    };
    const speakers = ['a', 'b', 'c', 'd'].map(say);
    const start = (await everything(0)).at(-1)?.id ?? 0;
    const heard: number[] = [];
    for (let turn = 0; turn < 40; turn++) {
      const after = heard.at(-1) ?? start;
      const reader = listen(`?after=${after}&snapshot=${turn % 3 === 0}`);
      // Sometimes after the first event, sometimes in the middle of what comes live.
      const enough = [1, 2, 30, 7][turn % 4] ?? 1;
      await until('some events', () => reader.ids.length >= enough);
      reader.socket.terminate();
      heard.push(...reader.ids);
    }
    going = false;
    await Promise.all(speakers);
    const last = heard.at(-1) ?? 0;
    expect(heard).toEqual((await everything(start)).map(({ id }) => id).filter((id) => id <= last));
    expect(heard.length).toBeGreaterThan(200);
  });
});

describe('readers who do not keep up', () => {
  /** 60 kB an event. */
  const large = () => app.task(undefined, { description: 'x'.repeat(60_000) });
  const comment = (task: Task) => app.ok('POST', `/tasks/${task.id}/comments`, { content: 'more' });

  test('one that takes less than comes is dropped, and told that it may resume; the others go on', async () => {
    const [slow, quick] = [listen(), listen()];
    await Promise.all([slow.snapshot(), quick.snapshot()]);
    slow.socket.pause();
    const task = await large();
    for (let n = 0; n < 260; n++) await comment(task);
    const last = (await everything(0)).at(-1)?.id ?? 0;
    await quick.event(({ event }) => event.id >= last);
    slow.socket.resume();
    await until('the end of the slow one', () => slow.closed);
    expect([1006, 4408]).toContain(slow.closed?.code);
    expect(slow.ids.at(-1)).toBeLessThan(last);
    const again = listen(`?after=${slow.ids.at(-1)}&snapshot=false`);
    await again.event(({ event }) => event.id >= last);
    expect([...slow.ids, ...again.ids]).toEqual(quick.ids);
    expect(quick.closed).toBeNull();
  });

  test('one that takes nothing for 10 s is dropped although little waits', { timeout: 40_000 }, async () => {
    const slow = listen();
    await slow.snapshot();
    slow.socket.pause();
    const task = await large();
    for (let n = 0; n < 110; n++) await comment(task);
    const last = (await everything(0)).at(-1)?.id ?? 0;
    const end = performance.now() + 15_000;
    await until('15 s', () => performance.now() > end, 20_000);
    slow.socket.resume();
    await until('the end of the slow one', () => slow.closed);
    expect(slow.ids.at(-1)).toBeLessThan(last);
  });

  test('one that talks is dropped', async () => {
    const listener = listen();
    await listener.snapshot();
    listener.socket.send('hello');
    const task = await app.task();
    await listener.event(({ event }) => event.task_id === task.id);
    for (let n = 0; n < 2000; n++) listener.socket.send('hello');
    expect(await listener.end()).toBe(1008);
  });
});

test('the server that stops says so', async () => {
  await using other = await LiveApp.start();
  const listener = new Listener(`${other.ws}/ws`, bearer(ADMIN));
  await listener.snapshot();
  await other.app.close();
  expect(await listener.end()).toBe(1001);
});
