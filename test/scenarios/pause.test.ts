import { expect, test } from 'vitest';
import { connectAgent } from '#client/client.ts';
import type { Event } from '#schemas/resources.ts';
import { temporaryDir } from '#test/support/config.ts';
import { until } from '#test/support/until.ts';
import { Instance } from './instance.ts';

/** Longer than every timeout below: time that really goes by while the process stands still is what this is about. */
const PAUSE_MS = 9000;

test('paused (SIGSTOP) for longer than every timeout: nobody is escalated or called stale for it', { timeout: 60_000 }, async () => {
  await using dir = await temporaryDir();
  await using instance = await Instance.start(dir.path, { RESTART_GRACE_SECONDS: '2', HEARTBEAT_MISSES: '3' });
  const made = await instance.request<{ token: string }>('POST', '/agents', { name: 'alice', timeout_minutes: 0.05 });
  await using alice = await connectAgent({ url: instance.mqtt, name: 'alice', token: made.token, intervalSeconds: 1 });
  let asked = 0;
  alice.onPing((ping) => {
    asked += 1;
    void ping.ack().catch(() => undefined); // one that is cut off by the pause is asked again
  });
  const task = await instance.request<{ id: number }>('POST', '/tasks', { name: 'the long one', agent_name: 'alice', ping_interval_minutes: 0.02 });
  await until('alice acks', async () => (await instance.request<{ status: string }>('GET', `/tasks/${task.id}`)).status === 'in_progress');
  instance.process.child.kill('SIGSTOP');
  await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  instance.process.child.kill('SIGCONT');
  const before = asked;
  await until('alice is asked again', () => asked > before + 2, 15_000);
  const events = await instance.all<Event>('/events');
  expect(events.filter((e) => ['agent.stale', 'assignment.failed', 'assignment.escalated'].includes(e.kind))).toEqual([]);
});
