import { expect, it } from 'vitest';
import { TestApp } from '#test/support/app.ts';
import { ADMIN } from '#test/support/config.ts';
import { SECOND } from '#test/support/facts.ts';

it('an old session that says goodbye after the new one is here changes nothing, and the retained heartbeat stays', async () => {
  await using app = await TestApp.start();
  const a = await app.agent('alice');
  const task = await app.task('alice');
  const alice = await app.join(a);
  await alice.beat({ session: 'one', interval_seconds: 600 });
  await alice.beat({ session: 'two', interval_seconds: 600 });
  await app.clock.advance(0);
  await alice.say('heartbeat', { status: 'offline', session: 'one' });
  await app.clock.advance(60_000);
  expect(await app.statusOf('alice')).toBe('busy');
  expect(await app.assignment(task)).toMatchObject({ agent_name: 'alice' });
  const admin = await app.connect('admin', ADMIN);
  await admin.client.subscribeAsync('agents/alice/heartbeat', { qos: 1 });
  expect((await admin.hear('heartbeat')).body).toMatchObject({ status: 'online', session: 'two' });
});

it('many agents silent at once are one event; the alert is retained until it is over', async () => {
  await using app = await TestApp.start();
  const links = await Promise.all(['a1', 'a2', 'a3', 'a4'].map(async (name) => app.join(await app.agent(name))));
  const tasks = [await app.task('a1'), await app.task('a2')];
  await Promise.all(links.map((link) => link.beat()));
  await app.clock.advance(91_000);
  const admin = await app.connect('admin', ADMIN);
  await admin.client.subscribeAsync('coordinator/alerts/#', { qos: 1 });
  expect(await admin.hear('alerts/mass-stale')).toMatchObject({ retain: true, body: { reason: 'mass_stale' } });
  expect(await app.events('assignment.escalated')).toEqual([]);
  await links[0]?.beat({ session: 's2', interval_seconds: 600 });
  await app.clock.advance(121_000);
  expect([(await app.assignment(tasks[0] ?? { id: 0 })).agent_name, (await app.assignment(tasks[1] ?? { id: 0 })).agent_name]).toEqual(['a1', 'Ruto']);
  await admin.hear('alerts/mass-stale', (alert) => alert === null);
  expect(await app.events('agent.mass_stale')).toHaveLength(1);
});

it('one silent agent among beating ones is no mass event, however short the interval', async () => {
  await using app = await TestApp.start();
  const agents = await Promise.all(['a1', 'a2', 'a3', 'a4', 'a5'].map((name) => app.agent(name)));
  const links = await Promise.all(agents.map((a) => app.join(a)));
  const others = async (): Promise<unknown> => Promise.all(links.slice(1).map((link) => link.beat({ interval_seconds: 1 })));
  await Promise.all(links.map((link) => link.beat({ interval_seconds: 1 })));
  await app.clock.advance(SECOND);
  // beats are written once a second: wherever between two writes the silence of the one ends
  for (let phase = 0; phase < SECOND; phase += 100) {
    await app.clock.advance(SECOND - 300);
    await links[0]?.beat({ interval_seconds: 1 });
    await app.clock.advance(300);
    for (let i = 0; i < 4; i += 1) {
      await others();
      await app.clock.advance(SECOND);
    }
    await others();
    await app.clock.advance(phase);
  }
  expect(await app.events('agent.stale')).toHaveLength(10);
  expect(await app.events('agent.mass_stale')).toEqual([]);
});
