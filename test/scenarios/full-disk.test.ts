import { execFileSync } from 'node:child_process';
import { connectAsync } from 'mqtt';
import { expect, test } from 'vitest';
import type { Event } from '#schemas/resources.ts';
import { ADMIN, temporaryDir } from '#test/support/config.ts';
import { findService } from '#test/support/services.ts';
import { until } from '#test/support/until.ts';
import { Instance } from './instance.ts';

/** It lets one process run out of room (RLIMIT_FSIZE), without a file system of its own. */
const prlimit = findService('prlimit');

/** From now on every write of this process beyond the first byte of a file fails, as on a disk that takes no more; or none does. */
const disk = (instance: Instance, is: 'full' | 'free'): void => {
  execFileSync(prlimit ?? 'prlimit', ['--pid', String(instance.process.child.pid), `--fsize=${is === 'full' ? '1' : 'unlimited'}:unlimited`]);
};

const readiness = async (instance: Instance): Promise<{ status: number; text: string }> => {
  const response = await fetch(`${instance.http}/readyz`);
  return { status: response.status, text: await response.text() };
};

/** Creates a task, whatever comes of it. */
const create = (instance: Instance, name: string): Promise<Response> =>
  fetch(`${instance.http}/tasks`, {
    method: 'POST',
    headers: { authorization: `Bearer ${ADMIN}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name }),
  });

/** A new agent on its own connection, that remembers what was confirmed to it by a PUBACK. */
async function agent(instance: Instance, name: string) {
  const { token } = await instance.request<{ token: string }>('POST', '/agents', { name, timeout_minutes: 0.2 });
  const client = await connectAsync(instance.mqtt, { username: name, password: token, clientId: `${name}-1`, reconnectPeriod: 100 });
  const confirmed = new Set<string>();
  const publish = (leaf: string, payload: object, as: string): void => {
    client.publish(`agents/${name}/${leaf}`, JSON.stringify(payload), { qos: 1 }, (error) => error ?? confirmed.add(as));
  };
  return { client, confirmed, publish };
}

test.skipIf(prlimit === null && process.env['REQUIRE_SERVICES'] !== '1')(
  'a full disk: nothing is confirmed, beats are taken, it goes on by itself, and SIGTERM still ends it',
  { timeout: 90_000 },
  async () => {
    await using dir = await temporaryDir();
    await using instance = await Instance.start(dir.path, { RESTART_GRACE_SECONDS: '2', LOG_LEVEL: 'silent' });
    const [alice, bob] = [await agent(instance, 'alice'), await agent(instance, 'bob')];
    await instance.request('POST', '/tasks', { name: 'Write the report', agent_name: 'alice' });
    alice.publish('ack', { note: 'before' }, 'before');
    await until('the ack with room on the disk', () => alice.confirmed.has('before'));

    disk(instance, 'full');
    const refused = await create(instance, 'One too many');
    expect(refused.status).toBe(507);
    expect(await refused.json()).toMatchObject({ code: 'storage_full' });
    const closed = new Promise<void>((resolve) => alice.client.once('close', () => resolve()));
    alice.publish('ack', { note: 'meanwhile' }, 'meanwhile');
    await closed; // in place of the PUBACK, so that it is said again
    bob.publish('heartbeat', { status: 'online', session: 's', interval_seconds: 60 }, 'heartbeat');
    await until('the PUBACK of a heartbeat', () => bob.confirmed.has('heartbeat'));
    expect(alice.confirmed.has('meanwhile')).toBe(false);
    expect(await readiness(instance)).toMatchObject({ status: 503, text: expect.stringContaining('database: disk I/O error') });
    expect((await fetch(`${instance.http}/livez`)).status).toBe(200);

    disk(instance, 'free');
    await until('the ack that was said again', () => alice.confirmed.has('meanwhile'), 20_000);
    await until('it is ready by itself', async () => (await readiness(instance)).status === 200, 20_000);
    expect((await create(instance, 'There is room')).status).toBe(201);

    disk(instance, 'full');
    const began = performance.now();
    instance.process.child.kill('SIGTERM');
    const { code } = await instance.process.ended;
    expect([code, performance.now() - began < 10_000]).toEqual([0, true]); // the contract's bound, not a speed
    for (const { client } of [alice, bob]) client.end(true);

    await instance.up();
    const events = await instance.all<Event>('/events');
    const notes = events.filter(({ kind }) => kind === 'assignment.acknowledged').map(({ data }) => data['note']);
    expect(new Set(notes)).toEqual(new Set(['before', 'meanwhile']));
    expect(events.filter(({ kind }) => kind === 'assignment.failed' || kind === 'assignment.escalated')).toEqual([]);
    expect((await instance.all<{ name: string }>('/tasks')).map(({ name }) => name).sort()).toEqual(['There is room', 'Write the report']);
  },
);
