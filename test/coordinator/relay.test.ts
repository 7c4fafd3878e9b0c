import { expect, it } from 'vitest';
import { TestApp } from '#test/support/app.ts';
import { SECOND } from '#test/support/facts.ts';

it('published and delivered are kept with their times; nobody confirms at QoS 0', async () => {
  await using app = await TestApp.start();
  const [a, b] = [await app.agent('alice'), await app.agent('bob')];
  const alice = await app.join(a);
  const bob = await app.connect('bob', b.token);
  await bob.client.subscribeAsync('agents/bob/ping', { qos: 0 });
  const [one, two] = [await app.task('alice'), await app.task('bob')];
  await Promise.all([alice.hear('ping'), bob.hear('ping')]);
  await app.clock.advance(SECOND);
  expect(await app.assignment(one)).toMatchObject({ last_ping_delivered: expect.any(String) });
  expect((await app.assignment(two)).last_ping_delivered).toBeNull();
  expect(await app.sql('select published_at is not null as published, delivered_at is not null as delivered, answered_at from ping order by id')).toEqual([
    { published: 1, delivered: 1, answered_at: null },
    { published: 1, delivered: 0, answered_at: null },
  ]);
  await alice.say('ack');
  expect(await app.sql('select answered_at from ping order by id')).toEqual([{ answered_at: app.clock.now() }, { answered_at: null }]);
});

it('every ping that a crash left unsent goes out at the next start, however many', async () => {
  await using app = await TestApp.start();
  await app.agent('alice');
  await Promise.all(Array.from({ length: 600 }, () => app.task('alice')));
  await app.clock.advance(SECOND);
  const unsent = async (): Promise<unknown> => (await app.sql('select count(*) as n from ping where published_at is null'))[0]?.['n'];
  expect(await unsent()).toBe(0);
  await app.sql('update ping set published_at = null');
  await app.restart();
  await app.clock.advance(SECOND);
  expect(await unsent()).toBe(0);
}, 40_000);
