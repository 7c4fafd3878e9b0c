import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Command } from '#domain/command.ts';
import { T0 } from '#test/support/rows.ts';
import { doneOf } from './fake-coordinator.ts';
import { type HttpFixture, startHttp } from './fixture.ts';

/** What a request becomes for the coordinator, and what its answer becomes for the client. */
let http: HttpFixture;
beforeAll(async () => {
  http = await startHttp();
});
afterAll(() => http.close());
beforeEach(() => {
  http.coordinator.answer = ({ command }) => doneOf(command);
  http.coordinator.requests.length = 0;
});

const NINE = '2026-11-23T10:00:00+01:00';

describe('requests become commands', () => {
  //  method, path, body, the command: fields that were not said are undefined
  const cases: [string, string, unknown, Command][] = [
    ['POST', '/agents/2/acknowledge', undefined, { type: 'ack', agent_id: 2 }],
    [
      'POST',
      '/agents/2/acknowledge/',
      { task_id: 1, assignment_id: 7, ping_id: 'p', message_id: 'm', note: 'on it', progress: 0.25, busy_until: NINE, unknown: 1 },
      { type: 'ack', agent_id: 2, task_id: 1, assignment_id: 7, ping_id: 'p', message_id: 'm', note: 'on it', progress: 0.25, busy_until: T0 },
    ],
    ['POST', '/agents/2/acknowledge', { task_id: null, busy_until: null, note: null }, { type: 'ack', agent_id: 2 }],
    ['POST', '/agents/2/snooze', { task_id: 1, minutes: 0.05, reason: 'CI' }, { type: 'snooze', agent_id: 2, task_id: 1, minutes: 0.05, reason: 'CI' }],
    ['POST', '/agents/2/complete', { task_id: 1, result: null }, { type: 'complete', agent_id: 2, task_id: 1, result: null }],
    ['POST', '/agents/2/complete', { result: { any: ['json'] }, note: 'n' }, { type: 'complete', agent_id: 2, result: { any: ['json'] }, note: 'n' }],
    ['POST', '/agents/2/fail', { reason: 'no access' }, { type: 'fail', agent_id: 2, reason: 'no access' }],
    ['POST', '/tasks', { name: 'Write', agent_name: 'alice' }, { type: 'create_task', name: 'Write', agent_name: 'alice' }],
    [
      'POST',
      '/tasks',
      {
        name: 'W',
        description: null,
        priority: 3,
        required_capabilities: ['a'],
        escalation_chain: ['Ruto'],
        blocked_by: [1],
        deadline: NINE,
        ping_interval_minutes: 0.05,
        is_ping_enabled: false,
        agent_name: null,
      },
      {
        type: 'create_task',
        name: 'W',
        description: null,
        priority: 3,
        required_capabilities: ['a'],
        escalation_chain: ['Ruto'],
        blocked_by: [1],
        deadline: T0,
        ping_interval_minutes: 0.05,
        is_ping_enabled: false,
      },
    ],
    ['PATCH', '/tasks/1', { name: 'New', status: 'done' }, { type: 'update_task', task_id: 1, name: 'New', status: 'done' }],
    [
      'PATCH',
      '/tasks/1',
      { deadline: null, escalation_chain: null, description: null },
      { type: 'update_task', task_id: 1, deadline: null, escalation_chain: null, description: null },
    ],
    ['DELETE', '/tasks/1', undefined, { type: 'delete_task', task_id: 1 }],
    ['POST', '/tasks/1/assign', undefined, { type: 'assign', task_id: 1 }],
    ['POST', '/tasks/1/assign', { agent_name: null }, { type: 'assign', task_id: 1 }],
    ['POST', '/tasks/1/assign', { agent_name: 'bob' }, { type: 'assign', task_id: 1, agent_name: 'bob' }],
    ['POST', '/tasks/1/ping', undefined, { type: 'ping_task', task_id: 1 }],
    ['POST', '/tasks/1/resolve', {}, { type: 'resolve_task', task_id: 1 }],
    ['POST', '/tasks/1/comments', { content: 'Hi' }, { type: 'comment_task', task_id: 1, content: 'Hi' }],
    [
      'PATCH',
      '/agents/2',
      { capabilities: ['x'], endpoint_url: null, is_active: true },
      { type: 'update_agent', agent_id: 2, capabilities: ['x'], endpoint_url: null, is_active: true },
    ],
    ['DELETE', '/agents/2', undefined, { type: 'update_agent', agent_id: 2, is_active: false }],
    ['POST', '/notifications/1/read', undefined, { type: 'read_notification', notification_id: 1 }],
  ];
  for (const [method, path, body, command] of cases) {
    test(`${method} ${path} ${body === undefined ? '' : JSON.stringify(body)}`, async () => {
      expect((await http.ask('admin', method, path, body)).status).toBeLessThan(300);
      expect(http.coordinator.requests).toEqual([{ command, principal: { kind: 'admin' }, channel: 'rest' }]);
    });
  }

  test('an empty body with a content type is no body', async () => {
    expect((await http.ask('admin', 'POST', '/tasks/1/assign', '')).status).toBe(200);
    expect((await http.ask('own', 'POST', '/agents/2/acknowledge', '')).status).toBe(200);
  });

  test('commands of agents carry who sent them', async () => {
    await http.ask('own', 'POST', '/agents/2/acknowledge');
    expect(http.coordinator.requests[0]?.principal).toEqual({ kind: 'agent', id: 2, name: 'alice', type: 'sub_agent' });
  });

  test('what MQTT would refuse is refused here by the same schema', async () => {
    for (const [path, body] of [
      ['acknowledge', { progress: 2 }],
      ['acknowledge', { busy_until: 'soon' }],
      ['acknowledge', { task_id: '1' }],
      ['acknowledge', { message_id: '' }],
      ['snooze', { minutes: 0 }],
      ['snooze', { minutes: -1 }],
      ['snooze', { minutes: '15' }],
      ['fail', { reason: 1 }],
      ['complete', { note: {} }],
    ] as const) {
      expect((await http.ask('own', 'POST', `/agents/2/${path}`, body)).json, JSON.stringify(body)).toMatchObject({ status: 400, code: 'invalid_payload' });
    }
    expect(http.coordinator.requests).toEqual([]);
  });
});

describe('answers', () => {
  test('a work command: the reply and the old plan’s fields', async () => {
    expect((await http.ask('own', 'POST', '/agents/2/acknowledge', { task_id: 1 })).json).toMatchObject({
      ok: true,
      command: 'ack',
      task_id: 1,
      instruction: 'continue',
      assignment: { id: 1, status: 'acknowledged', version: 2 },
      message: expect.any(String),
      agent_id: 2,
      acknowledged_at: '2026-11-23T09:00:01.000Z',
      snooze_until: null,
    });
  });

  test('registration: the token and the webhook secret, once, and only hashed to the coordinator', async () => {
    const answer = await http.ask('admin', 'POST', '/agents', { name: 'carol' });
    expect(answer.status).toBe(201);
    expect(answer.headers.get('location')).toBe('/agents/2');
    expect(answer.json).toMatchObject({ id: 2, agent_id: 2, status: 'working', message: expect.any(String) });
    expect(answer.json.token).toMatch(/^psa_[A-Za-z0-9_-]{43}$/);
    expect(Buffer.from(answer.json.webhook_secret.replace(/^whsec_/, ''), 'base64').length).toBeGreaterThanOrEqual(24);
    expect(http.coordinator.requests[0]?.command).toEqual({
      type: 'register_agent',
      name: 'carol',
      agent_type: 'sub_agent',
      capabilities: [],
      endpoint_url: null,
      timeout_minutes: undefined,
      max_concurrent: 1,
      token_hash: createHash('sha256').update(answer.json.token).digest('base64url'),
      webhook_secret: answer.json.webhook_secret,
    });
    const read = await http.ask('admin', 'GET', '/agents/2');
    expect(read.text).not.toMatch(/secret|"token"|hash/);
  });

  test('two tokens are never the same', async () => {
    const token = async () => (await http.ask('admin', 'POST', '/agents/2/token')).json.token;
    const [a, b] = [await token(), await token()];
    expect(a).toMatch(/^psa_/);
    expect(a).not.toBe(b);
    expect(http.coordinator.requests.map(({ command }) => command)).toEqual(
      [a, b].map((t) => ({ type: 'renew_token', agent_id: 2, token_hash: createHash('sha256').update(t).digest('base64url') })),
    );
  });

  test('names that cannot be', async () => {
    for (const name of ['admin', 'Coordinator', '123', 'a b', 'a.b', 'a/b', '-a', '', 'x'.repeat(64), 'a+', '#']) {
      expect((await http.ask('admin', 'POST', '/agents', { name })).status, name).toBe(400);
    }
  });

  test('endpoints: http and https, and not into the private net', async () => {
    const status = async (endpoint_url: string) => (await http.ask('admin', 'POST', '/agents', { name: 'carol', endpoint_url })).status;
    const refused = [
      'ftp://example.com',
      'file:///etc/passwd',
      'javascript:alert(1)',
      'not a url',
      'http://localhost:1',
      'http://LOCALHOST./',
      'http://x.localhost/',
      'http://127.0.0.1',
      'http://127.1',
      'http://2130706433',
      'http://0x7f.1',
      'http://10.1.2.3',
      'http://172.16.0.1',
      'http://192.168.1.1',
      'http://169.254.169.254/latest',
      'http://100.64.0.1',
      'http://0.0.0.0',
      'http://[::1]/',
      'http://[::]/',
      'http://[fe80::1]/',
      'http://[fd00::1]/',
      'http://[::ffff:127.0.0.1]/',
      'http://[::ffff:10.0.0.1]/',
      'http://[64:ff9b::7f00:1]/',
    ];
    for (const url of refused) expect(await status(url), url).toBe(400);
    for (const url of ['https://example.com/agent', 'http://93.184.216.34:8080', 'https://[2606:2800:220:1::1]/']) expect(await status(url), url).toBe(201);
    expect((await http.ask('admin', 'PATCH', '/agents/2', { endpoint_url: 'http://10.0.0.1' })).json.errors[0].pointer).toBe('/endpoint_url');
  });

  test('private endpoints where they are allowed', async () => {
    await using allowing = await startHttp({ allowPrivateEndpoints: true });
    expect((await allowing.ask('admin', 'POST', '/agents', { name: 'carol', endpoint_url: 'http://127.0.0.1:9/x' })).status).toBe(201);
    expect((await allowing.ask('admin', 'POST', '/agents', { name: 'carol', endpoint_url: 'ftp://127.0.0.1' })).status).toBe(400);
  });

  test('a new task, an assignment, a ping, a comment', async () => {
    const created = await http.ask('admin', 'POST', '/tasks', { name: 'W', agent_name: 'alice' });
    expect([created.status, created.headers.get('location'), created.headers.get('etag')]).toEqual([201, '/tasks/1', '"1"']);
    expect(created.json).toMatchObject({ id: 1, assigned_agent_id: 2, agent_id: 2, message: expect.any(String) });
    expect((await http.ask('admin', 'POST', '/tasks/1/assign', { agent_name: 'alice' })).json).toMatchObject({
      message: expect.any(String),
      agent: { id: 2, name: 'alice' },
      agent_id: 2,
      assignment_id: 1,
      assignment: { id: 1, task_id: 1, agent_name: 'alice' },
    });
    expect((await http.ask('admin', 'POST', '/tasks/1/ping')).json).toMatchObject({ message: expect.any(String), task_id: 1, agent_id: 2, assignment_id: 1 });
    const comment = await http.ask('own', 'POST', '/tasks/1/comments', { content: 'Hi' });
    expect(comment.status).toBe(201);
    expect(comment.json).toMatchObject({ id: 1, task_id: 1, content: expect.any(String), author: expect.any(String), created_at: expect.stringMatching(/Z$/) });
  });

  test('queued: no agent, and the message says so', async () => {
    http.coordinator.answer = () => ({ message: 'Task 1 is queued.' });
    expect((await http.ask('admin', 'POST', '/tasks/1/assign')).json).toEqual({
      message: 'Task 1 is queued.',
      agent: null,
      agent_id: null,
      assignment_id: null,
      assignment: null,
    });
  });

  for (const who of ['admin', 'main', 'own'] as const) {
    test(`sync as ${who}`, async () => {
      expect((await http.ask(who, 'GET', '/agents/2/sync')).json).toMatchObject({ ok: true, command: 'sync', open: [], taken: [] });
    });
  }

  test('sync of nobody', async () => {
    expect((await http.ask('admin', 'GET', '/agents/99/sync')).json.code).toBe('agent_not_found');
  });
});
