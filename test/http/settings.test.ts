import { describe, expect, test } from 'vitest';
import { connectAgent } from '#client/client.ts';
import type { Assignment, Event } from '#schemas/resources.ts';
import type { SentPing } from '#schemas/sent-ping.ts';
import type { Settings } from '#schemas/settings.ts';
import { loadConfig } from '#src/config.ts';
import { settingsOf } from '#src/settings.ts';
import { ADMIN } from '#test/support/config.ts';
import { until } from '#test/support/until.ts';
import { Product } from './product.ts';

describe('GET /settings', () => {
  test('tells what is in effect, and no secret', async () => {
    await using product = await Product.start({ MQTT_USERNAME: 'coordinator', MAX_SNOOZES: '7' });
    const settings: Settings = await product.ok('GET', '/settings');
    const of = (name: string) => settings.settings.find((setting) => setting.name === name);
    expect(of('MAX_SNOOZES')).toMatchObject({ value: '7', is_default: false });
    expect(of('MAX_BUSY_MINUTES')).toMatchObject({ value: '240', is_default: true });
    expect(of('API_AUTH_TOKEN')).toMatchObject({ value: '***' });
    expect(settings.listeners).toEqual(
      expect.arrayContaining([
        { name: 'mqtt', url: product.mqttUrl },
        { name: 'http', url: product.origin },
      ]),
    );
    expect(JSON.stringify(settings)).not.toContain(ADMIN);
    const boss = await product.ok('POST', '/agents', { name: 'Boss', type: 'main_agent' });
    const seen = await product.ask({ method: 'GET', path: '/settings', token: boss.token });
    expect([seen.status, JSON.parse(seen.text)]).toEqual([200, settings]);
  });

  test('has no password in it, wherever an address holds one', () => {
    const config = loadConfig(
      {
        DATABASE_URL: 'postgresql://ping:hidden@one-secret@db.example:5432/ping?user=x&password=third-secret',
        MQTT_URL: 'mqtt://broker.example:1883',
        MQTT_USERNAME: 'coordinator',
        MQTT_PASSWORD: 'fourth-secret',
        API_AUTH_TOKEN: 'fifth-secret',
      },
      {},
      '/nowhere',
    );
    const told = JSON.stringify(settingsOf(config, []));
    expect(told).toContain('postgresql://ping:***@');
    expect(told).not.toMatch(/hidden|one-secret|third-secret|fourth-secret|fifth-secret/);
  });
});

describe('what an agent was given', () => {
  test('its assignments and its pings with their receipts, newest first, page by page', async () => {
    await using product = await Product.start();
    const alice = await product.ok('POST', '/agents', { name: 'alice' });
    await product.ok('POST', '/agents', { name: 'bob' });
    await using client = await connectAgent({ url: product.mqttUrl, name: 'alice', token: alice.token }).then((client) => ({
      client,
      [Symbol.asyncDispose]: () => client.close(),
    }));
    const [first, second] = [
      await product.ok('POST', '/tasks', { name: 'one', agent_name: 'alice' }),
      await product.ok('POST', '/tasks', { name: 'two', agent_name: 'alice' }),
    ];
    await product.ok('POST', '/tasks', { name: 'not hers', agent_name: 'bob' });
    await client.client.ack({ task_id: first.id });
    await product.ok('POST', `/tasks/${second.id}/ping`);

    const assignments: Assignment[] = (await product.ok('GET', `/agents/${alice.id}/assignments`)).items;
    expect(assignments.map(({ task_id, status }) => [task_id, status])).toEqual([
      [second.id, 'pending'],
      [first.id, 'acknowledged'],
    ]);
    const pings = await until('every ping is delivered', async (): Promise<SentPing[] | null> => {
      const { items } = await product.ok('GET', `/agents/${alice.id}/pings`);
      return items.length === 3 && items.every(({ delivered_at }: SentPing) => delivered_at !== null) ? items : null;
    });
    expect(pings.map(({ task_id, kind, answered_at }) => [task_id, kind, answered_at !== null])).toEqual([
      [second.id, 'manual', false],
      [second.id, 'assigned', false],
      [first.id, 'assigned', true],
    ]);
    const page = await product.ok('GET', `/agents/${alice.id}/pings?limit=2`);
    const rest = await product.ok('GET', `/agents/${alice.id}/pings?limit=2&cursor=${page.next_cursor}`);
    expect([...page.items, ...rest.items]).toEqual(pings);
    expect(rest.next_cursor).toBeNull();
  });
});

describe('GET /events?order=desc', () => {
  test('is the trail the other way round, also narrowed and page by page', async () => {
    await using product = await Product.start();
    for (const name of ['one', 'two', 'three']) await product.ok('POST', '/tasks', { name, is_ping_enabled: false });
    for (const query of ['kind=task.*', 'task=2', 'after=2', 'agent=Ruto']) {
      const up: Event[] = (await product.ok('GET', `/events?${query}`)).items;
      const down: Event[] = [];
      let cursor: string | null = '';
      while (cursor !== null) {
        const page: { items: Event[]; next_cursor: string | null } = await product.ok(
          'GET',
          `/events?${query}&order=desc&limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`,
        );
        down.push(...page.items);
        cursor = page.next_cursor;
      }
      expect(up.length, query).toBeGreaterThan(0);
      expect(down, query).toEqual(up.toReversed());
    }
    const { next_cursor } = await product.ok('GET', '/events?limit=1');
    expect((await product.ask({ method: 'GET', path: `/events?order=desc&cursor=${next_cursor}`, token: ADMIN })).status).toBe(400);
  });
});
