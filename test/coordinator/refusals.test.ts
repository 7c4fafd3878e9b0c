import { expect, it } from 'vitest';
import { TestApp } from '#test/support/app.ts';
import { MINUTE, SECOND } from '#test/support/facts.ts';

it('refusals beyond 60 a minute are summed up in one event at the end of the minute', async () => {
  await using app = await TestApp.start();
  const alice = await app.join(await app.agent('alice'));
  for (let i = 0; i < 100; i += 1) await alice.say('ack', { task_id: 999 });
  expect(await app.events('message.refused')).toHaveLength(60);
  await app.clock.advance(MINUTE - SECOND);
  await app.clock.pause(2 * SECOND - 1);
  expect((await app.events('message.refused')).slice(60).map((e) => e.data)).toEqual([{ count: 40, since: expect.any(String) }]);
  expect(alice.on('reply')).toHaveLength(100);
});

it('a refusal at the turn of the minute does not lose the sum', async () => {
  await using app = await TestApp.start();
  const alice = await app.join(await app.agent('alice'));
  for (let i = 0; i < 70; i += 1) await alice.say('ack', { task_id: 999 });
  await app.clock.advance(MINUTE - SECOND / 2);
  app.clock.skip(SECOND); // no tick has been since the minute ended
  await alice.say('ack', { task_id: 999 });
  await app.clock.advance(2 * SECOND);
  expect((await app.events('message.refused')).filter((e) => 'count' in e.data)).toHaveLength(1);
});
