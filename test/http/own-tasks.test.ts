import { expect, test } from 'vitest';
import type { AgentCreated, Assignment, Event, Task } from '#schemas/resources.ts';
import { bearer, Listener, LiveApp } from './live.ts';

/** A sub-agent's own are the tasks that it holds or has ever held, wherever it looks: in lists, one by one, in the trail and in the feed. */

interface Sight {
  readonly listed: boolean;
  readonly read: number;
  readonly assignments: number | null;
  readonly events: boolean;
  readonly comments: number;
}

async function sightOf(app: LiveApp, { token }: AgentCreated, task: Task): Promise<Sight> {
  const headers = bearer(token);
  const ask = async (path: string) => (await app.ask('GET', path, undefined, headers)).status;
  const items = async <T>(path: string) => (await app.ok<{ items: T[] }>('GET', path, undefined, headers)).items;
  const read = await ask(`/tasks/${task.id}`);
  return {
    listed: (await items<Task>('/tasks?limit=200')).some(({ id }) => id === task.id),
    read,
    assignments: read === 200 ? (await items<Assignment>(`/tasks/${task.id}/assignments`)).length : null,
    events: (await items<Event>(`/events?task=${task.id}`)).some(({ kind }) => kind === 'task.commented'),
    comments: await ask(`/tasks/${task.id}/comments`),
  };
}

test('who has held a task follows what becomes of it, who never has sees nothing of it', async () => {
  await using app = await LiveApp.start();
  const [before, now, never] = [await app.agent('before'), await app.agent('now'), await app.agent('never')];
  const task = await app.task('before');
  await app.ok('POST', `/tasks/${task.id}/assign`, { agent_name: 'now' });
  const feeds = [before, now, never].map(({ token }) => new Listener(`${app.ws}/ws`, bearer(token)));
  const shown = await Promise.all(feeds.map(async (feed) => (await feed.snapshot()).tasks.map(({ id }) => id)));
  expect(shown).toEqual([[task.id], [task.id], []]);
  await app.ok('POST', `/tasks/${task.id}/comments`, { content: 'after the handover' });
  await app.task('never'); // so that what the third hears has an end
  const heard = await Promise.all(feeds.slice(0, 2).map(async (feed) => (await feed.event(({ event }) => event.kind === 'task.commented')).task?.id));
  expect(heard).toEqual([task.id, task.id]);
  await feeds[2]?.event(({ event }) => event.kind === 'assignment.assigned');
  expect(feeds[2]?.events.filter(({ event }) => event.task_id === task.id)).toEqual([]);
  for (const feed of feeds) feed.socket.terminate();

  const all = { listed: true, read: 200, assignments: 2, events: true, comments: 200 };
  expect(await sightOf(app, before, task)).toEqual(all);
  expect(await sightOf(app, now, task)).toEqual(all);
  expect(await sightOf(app, never, task)).toEqual({ listed: false, read: 404, assignments: null, events: false, comments: 404 });
});
