import { connectAsync, type MqttClient } from 'mqtt';
import { expect, test } from 'vitest';
import type { AgentCreated, Task } from '#schemas/resources.ts';
import { temporaryDir } from '#test/support/config.ts';
import { until } from '#test/support/until.ts';
import { Instance } from './instance.ts';

/** Connects with a session that the broker is to keep, and listens. */
async function listen(instance: Instance, { name, token }: AgentCreated): Promise<{ client: MqttClient; heard: unknown[] }> {
  const client = await connectAsync(instance.mqtt, { username: name, password: token, clientId: 'kept', clean: false, reconnectPeriod: 0 });
  client.on('error', () => undefined);
  const heard: unknown[] = [];
  client.on('message', (_topic, payload) => heard.push(JSON.parse(String(payload))));
  await client.subscribeAsync('agents/alice/#', { qos: 1 });
  return { client, heard };
}

test.for(['SIGTERM', 'SIGKILL'] as const)(
  'an agent hears what was taken while it was away, although the broker was ended by %s and lost its session',
  async (signal) => {
    await using dir = await temporaryDir();
    await using instance = await Instance.start(dir.path, { RESTART_GRACE_SECONDS: '1' });
    const alice = await instance.request<AgentCreated>('POST', '/agents', { name: 'alice' });
    const before = await listen(instance, alice);
    const task = await instance.request<Task>('POST', '/tasks', { name: 'x', agent_name: 'alice' });
    await before.client.publishAsync('agents/alice/ack', '{}', { qos: 1 });
    await before.client.endAsync(true);
    await instance.request('PATCH', `/tasks/${task.id}`, { status: 'cancelled' });
    instance.process.child.kill(signal);
    await instance.process.ended;
    await instance.up();
    const { client, heard } = await listen(instance, alice);
    const withdrawal = { command: 'withdraw', task_id: task.id, instruction: 'stop_work', assignment: { failure_reason: 'cancelled' } };
    await until('the withdrawal', () => heard.length > 0);
    expect(heard).toMatchObject([withdrawal]);
    await client.endAsync(true);
  },
);
