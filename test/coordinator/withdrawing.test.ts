import type { IClientOptions } from 'mqtt';
import { describe, expect, it, test } from 'vitest';
import type { AgentCreated } from '#schemas/resources.ts';
import { type Link, TestApp } from '#test/support/app.ts';
import { ADMIN } from '#test/support/config.ts';

const KEPT = { clientId: 'kept', clean: false } as const;

/** What it was told to stop, in the order it heard it. */
const stopped = (link: Link): number[] => link.on('reply').flatMap(({ body }) => (body.command === 'withdraw' ? [body.assignment.id] : []));

const gone = async (link: Link): Promise<void> => void (await link.client.endAsync(true));

/** Everything decided before has been said once this, which is decided too, is answered; what goes to a session goes there in order. */
async function settled(link: Link): Promise<number[]> {
  const message_id = crypto.randomUUID();
  await link.say('ack', { task_id: 999, message_id });
  await link.hear('reply', (reply) => reply.message_id === message_id);
  return stopped(link);
}

/** An agent that listened, acknowledged and went away; then its task was cancelled. */
async function bereft(app: TestApp, options: IClientOptions, more = 0): Promise<{ agent: AgentCreated; taken: number[] }> {
  const agent = await app.agent('alice', { max_concurrent: 99 });
  const link = await app.join(agent, options);
  const tasks = [await app.task('alice')];
  for (let n = 0; n < more; n += 1) tasks.push(await app.task('alice'));
  const taken: number[] = [];
  for (const task of tasks) {
    await link.say('ack', { task_id: task.id });
    taken.push((await app.assignment(task)).id);
  }
  await gone(link);
  for (const task of tasks) await app.ok('PATCH', `/tasks/${task.id}`, { status: 'cancelled' });
  return { agent, taken };
}

describe('what was taken while an agent was away', () => {
  test('is said again when it subscribes after the coordinator has forgotten its session, and no more once it was acknowledged', async () => {
    await using app = await TestApp.start();
    const { agent, taken } = await bereft(app, KEPT);
    await app.restart();
    const back = await app.join(agent, KEPT);
    expect((await back.hear('reply', (reply) => reply.command === 'withdraw')).body).toMatchObject({
      instruction: 'stop_work',
      assignment: { id: taken[0], status: 'failed', failure_reason: 'cancelled' },
    });
    await back.client.subscribeAsync('agents/alice/reply', { qos: 1 });
    expect(await settled(back)).toEqual(taken);
    await gone(back);
    for (const options of [KEPT, {}]) expect(await settled(await app.join(agent, options))).toEqual([]);
    await app.restart();
    expect(await settled(await app.join(agent))).toEqual(taken); // it cannot know any more, and twice does no harm
  });

  test('waits in a stored session, and is not said a second time to it', async () => {
    await using app = await TestApp.start();
    const { agent, taken } = await bereft(app, KEPT);
    expect(await settled(await app.connect(agent.name, agent.token, KEPT))).toEqual(taken);
  });

  test('is said to an agent that keeps no session, and until it is acknowledged to each connection', async () => {
    await using app = await TestApp.start();
    const { agent, taken } = await bereft(app, {});
    const deaf = await app.connect(agent.name, agent.token);
    deaf.client.handleMessage = () => {}; // takes it, and never says so
    await deaf.client.subscribeAsync(['agents/alice/reply', 'agents/alice/+'], { qos: 1 });
    await deaf.hear('reply', (reply) => reply.command === 'withdraw');
    await gone(deaf);
    expect(await settled(await app.join(agent))).toEqual(taken);
    expect(await settled(await app.join(agent))).toEqual([]);
  });

  test('where it listens at QoS 0, is said until it was written', async () => {
    await using app = await TestApp.start();
    const { agent, taken } = await bereft(app, {});
    for (const expected of [taken, []]) {
      const link = await app.connect(agent.name, agent.token);
      await link.client.subscribeAsync('agents/alice/reply', { qos: 0 });
      expect(await settled(link)).toEqual(expected);
      await gone(link);
    }
  });

  test('is said to nobody else, nor to one that listens to its pings alone', async () => {
    await using app = await TestApp.start();
    const { agent, taken } = await bereft(app, {});
    const bob = await app.join(await app.agent('bob'));
    const admin = await app.connect('admin', ADMIN);
    await admin.client.subscribeAsync('agents/#', { qos: 1 });
    const pinged = await app.connect(agent.name, agent.token);
    await pinged.client.subscribeAsync('agents/alice/ping', { qos: 1 });
    expect(await settled(bob)).toEqual([]);
    await admin.hear('reply');
    expect([stopped(admin), stopped(pinged)]).toEqual([[], []]);
    expect(await settled(await app.join(agent))).toEqual(taken); // that the admin reads along proves nothing
  });

  test('but not of a task that it holds again, nor what it ended itself', async () => {
    await using app = await TestApp.start();
    const { agent, taken } = await bereft(app, {});
    const [again, own] = [await app.task('alice'), await app.task('alice')];
    for (const agent_name of ['Ruto', 'alice']) await app.ok('POST', `/tasks/${again.id}/assign`, { agent_name });
    await app.ok('POST', `/agents/${agent.id}/complete`, { task_id: own.id });
    expect(await settled(await app.join(agent))).toEqual(taken);
  });

  test('not after a day', async () => {
    await using app = await TestApp.start();
    const { agent } = await bereft(app, {});
    await app.stop();
    await app.clock.advance(24 * 3_600_000);
    await app.restart();
    expect(await settled(await app.join(agent))).toEqual([]);
  });

  test('in numbers, the latest fifty, and the others when it subscribes again', async () => {
    await using app = await TestApp.start();
    const { agent, taken } = await bereft(app, {}, 59);
    const first = await app.join(agent);
    expect(await settled(first)).toEqual(taken.slice(-50));
    await gone(first);
    const second = await app.join(agent);
    expect(await settled(second)).toEqual(taken.slice(0, -50));
    await gone(second);
    expect(await settled(await app.join(agent))).toEqual([]);
  });
});

describe('an agent that went stale', () => {
  async function stale(app: TestApp): Promise<{ agent: AgentCreated; taken: number }> {
    const agent = await app.agent('alice');
    const link = await app.join(agent);
    await link.beat();
    const taken = await app.assignment(await app.task('alice'));
    await gone(link);
    await app.clock.advance(91_000);
    expect(await app.statusOf('alice')).toBe('offline');
    return { agent, taken: taken.id };
  }

  it('hears what it lost, once, when it beats before it subscribes', async () => {
    await using app = await TestApp.start();
    const { agent, taken } = await stale(app);
    const back = await app.connect(agent.name, agent.token);
    await back.beat({ session: 's2' });
    await app.clock.advance(1000);
    expect(await app.statusOf('alice')).toBe('idle');
    await back.client.subscribeAsync(['agents/alice/reply', 'agents/alice/ping'], { qos: 1 });
    expect(await settled(back)).toEqual([taken]);
    await back.beat({ session: 's2' });
    expect(await settled(back)).toEqual([taken]);
  });

  it('hears it once, with the beat, when it subscribes first', async () => {
    await using app = await TestApp.start();
    const { agent, taken } = await stale(app);
    const back = await app.join(agent);
    expect(await settled(back)).toEqual([]);
    await back.beat({ session: 's2' });
    await back.hear('reply', (reply) => reply.command === 'withdraw');
    await back.client.subscribeAsync('agents/alice/reply', { qos: 1 });
    expect(await settled(back)).toEqual([taken]);
  });
});
