import { connect, type MqttClient } from 'mqtt';
import { expect, test } from 'vitest';
import type { Assignment, Event } from '#schemas/resources.ts';
import { temporaryDir } from '#test/support/config.ts';
import { until } from '#test/support/until.ts';
import { Instance } from './instance.ts';

const ROUNDS = 20;
const AGENTS = 4;

/** Agents that ack without pause over MQTT and REST, and remember what they were told was taken. */
class Streams {
  readonly confirmed = new Set<string>();
  readonly #instance: Instance;
  readonly #clients: MqttClient[] = [];
  #running = true;
  #n = 0;

  constructor(instance: Instance) {
    this.#instance = instance;
  }

  mqtt(name: string, token: string, task: number): void {
    const client = connect(this.#instance.mqtt, { username: name, password: token, clientId: `${name}-stream`, reconnectPeriod: 50, connectTimeout: 2000 });
    this.#clients.push(client);
    client.on('error', () => undefined);
    const next = (): void => {
      if (!this.#running) return;
      const note = `mqtt ${this.#next()}`;
      client.publish(`agents/${name}/ack`, JSON.stringify({ task_id: task, note }), { qos: 1 }, (error) => {
        if (!error) this.confirmed.add(note);
        setImmediate(next);
      });
    };
    client.once('connect', next);
  }

  async rest(agent: number, task: number): Promise<void> {
    while (this.#running) {
      const note = `rest ${this.#next()}`;
      const taken = await this.#instance.request('POST', `/agents/${agent}/acknowledge`, { task_id: task, note }).then(
        () => true,
        () => false,
      );
      if (taken) this.confirmed.add(note);
      else await new Promise((resolve) => setTimeout(resolve, 20)); // the server is away: not in a tight loop
    }
  }

  #next(): number {
    this.#n += 1;
    return this.#n;
  }

  stop(): void {
    this.#running = false;
    for (const client of this.#clients) client.end(true);
  }
}

test(`killed ${ROUNDS} times under a stream of acks: nothing that was confirmed is lost, nobody pays for it`, { timeout: 240_000 }, async () => {
  await using dir = await temporaryDir();
  await using instance = await Instance.start(dir.path, { RESTART_GRACE_SECONDS: '2', MAX_COMMANDS_PER_SECOND: '0' });
  const streams = new Streams(instance);
  const tasks: number[] = [];
  for (let i = 0; i < AGENTS; i += 1) {
    const { id, token, name } = await instance.request<{ id: number; token: string; name: string }>('POST', '/agents', {
      name: `agent-${i}`,
      timeout_minutes: 0.1,
      max_concurrent: 9,
    });
    const task = await instance.request<{ id: number }>('POST', '/tasks', { name: `task ${i}`, agent_name: name, ping_interval_minutes: 0.01 });
    tasks.push(task.id);
    streams.mqtt(name, token, task.id);
    if (i === 0) void streams.rest(id, task.id);
  }
  let before = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    await until('acks are confirmed again', () => streams.confirmed.size > before + 20, 20_000);
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 400)); // killed at any moment, also between a commit and its PUBACK
    await instance.kill();
    before = streams.confirmed.size;
    await instance.up();
  }
  streams.stop();
  const events = await instance.all<Event>('/events');
  const kept = new Set(events.filter((e) => e.kind === 'assignment.acknowledged').map((e) => e.data['note']));
  const lost = [...streams.confirmed].filter((note) => !kept.has(note));
  expect(lost).toEqual([]);
  expect(streams.confirmed.size).toBeGreaterThan(ROUNDS * 20);
  expect(events.filter((e) => e.kind === 'assignment.failed' || e.kind === 'assignment.escalated')).toEqual([]);
  for (const task of tasks) {
    const open = (await instance.all<Assignment>(`/tasks/${task}/assignments`)).filter((a) => a.closed_at === null);
    expect(open).toHaveLength(1);
  }
});
