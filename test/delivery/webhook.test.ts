import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { Ping } from '#schemas/messages.ts';
import type { AgentCreated } from '#schemas/resources.ts';
import { parser } from '#schemas/validator.ts';
import { TestApp } from '#test/support/app.ts';
import { until } from '#test/support/until.ts';

interface Call {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}
type Answer = (response: ServerResponse, nth: number) => void;

/** An agent's endpoint: keeps what it was sent, and answers as told. */
async function endpoint(answer: Answer): Promise<{ readonly url: string; readonly calls: Call[] } & AsyncDisposable> {
  const calls: Call[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      calls.push({ method: request.method, url: request.url, headers: request.headers, body: Buffer.concat(chunks).toString() });
      answer(response, calls.length);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // it listens on a port
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://127.0.0.1:${port}`, calls, [Symbol.asyncDispose]: close };
}
const says =
  (body: string, status = 200): Answer =>
  (response) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(body);

const OPEN = { ALLOW_PRIVATE_ENDPOINTS: 'true' };
const hooked = (app: TestApp, url: string, fields: object = {}): Promise<AgentCreated> =>
  app.agent('robo', { endpoint_url: url, timeout_minutes: 10, max_concurrent: 100, ...fields });

/** Time goes on until it is so: retries, time limits and receipts all wait for the clock. */
const inTime = (app: TestApp, what: string, isSo: () => boolean | Promise<boolean>, stepMs = 100): Promise<boolean> =>
  until(what, async () => {
    if (await isSo()) return true;
    await app.clock.advance(stepMs);
    return false;
  });

describe('a ping to an agent with an endpoint', () => {
  it('is posted, signed, and its 2xx is the receipt; {"ack":true} acknowledges', async () => {
    await using there = await endpoint(says('{"ack": true, "more": 1}'));
    await using app = await TestApp.start(OPEN);
    const robo = await hooked(app, `${there.url}/hooks/?key=1`);
    const task = await app.task('robo', { description: 'with €' });
    await inTime(app, 'acknowledged', async () => (await app.assignment(task)).status === 'acknowledged');
    await inTime(app, 'the receipt', async () => (await app.assignment(task)).last_ping_delivered !== null);
    expect(there.calls).toHaveLength(1);
    const [call] = there.calls as [Call]; // one, as just seen
    expect(call).toMatchObject({ method: 'POST', url: '/hooks/ping?key=1', headers: { 'content-type': 'application/json' } });
    const ping = parser(Ping)(JSON.parse(call.body));
    expect(ping).toMatchObject({ ok: true, value: { task_id: task.id, kind: 'assigned', attempt: 1, task_description: 'with €' } });
    const id = String(call.headers['webhook-id']);
    const at = new Date(Number(call.headers['webhook-timestamp']) * 1000);
    expect(call.headers['webhook-signature']).toBe(new Webhook(robo.webhook_secret).sign(id, at, call.body));
    expect(Math.abs(at.getTime() - app.clock.wall())).toBeLessThan(60_000);
    const [acked] = await app.events('assignment.acknowledged');
    expect(acked).toMatchObject({ actor: 'robo', channel: 'webhook', agent_id: robo.id, task_id: task.id });
  });

  it('{"snooze_minutes":15} snoozes, and the ping after it is another message', async () => {
    await using there = await endpoint((response, nth) => says(nth === 1 ? '{"snooze_minutes": 15}' : '')(response, nth));
    await using app = await TestApp.start(OPEN);
    await hooked(app, there.url);
    const task = await app.task('robo');
    await inTime(app, 'snoozed', async () => (await app.assignment(task)).status === 'snoozed');
    await app.clock.advance(15 * 60_000);
    await inTime(app, 'asked again', () => there.calls.length === 2);
    expect(JSON.parse(there.calls[1]?.body ?? '')).toMatchObject({ kind: 'snooze_over' });
    expect(there.calls[1]?.headers['webhook-id']).not.toBe(there.calls[0]?.headers['webhook-id']);
  });

  it('what is no command says only that the ping came; what is a wrong one is kept as refused', async () => {
    const bodies = ['', 'ok', `<html>${'x'.repeat(100_000)}`, '[1]', '{"hello": 1}'];
    const wrong = ['{"ack": "yes"}', `{"ack": true, "x": "${'x'.repeat(100_000)}"}`, '{"ack": tr'];
    await using there = await endpoint((response, nth) => says([...bodies, ...wrong][nth - 1] ?? '')(response, nth));
    await using app = await TestApp.start(OPEN);
    await hooked(app, there.url);
    for (const [i] of bodies.entries()) {
      const task = await app.task('robo');
      await inTime(app, `receipt ${i}`, async () => (await app.assignment(task)).last_ping_delivered !== null);
      expect((await app.assignment(task)).status).toBe('pending');
    }
    expect(await app.events('message.refused')).toEqual([]);
    for (const [i] of wrong.entries()) {
      await app.task('robo');
      await inTime(app, `refused ${i}`, async () => (await app.events('message.refused')).length === i + 1);
    }
    const refused = await app.events('message.refused');
    expect(refused[0]).toMatchObject({
      actor: 'robo',
      channel: 'webhook',
      token_id: null,
      data: { topic: 'webhook', code: 'invalid_payload', payload: '{"ack": "yes"}' },
    });
    expect(refused.map(({ data }) => data['code'])).toEqual(['invalid_payload', 'payload_too_large', 'invalid_payload']);
    expect(String(refused[1]?.data['payload'])).toHaveLength(1024);
  });
});

describe('an endpoint that does not take it', () => {
  it('is tried again with backoff, as the same message, until it does', async () => {
    await using there = await endpoint((response, nth) => says(nth < 4 ? '' : '{"ack":true}', nth < 4 ? 503 : 200)(response, nth));
    await using app = await TestApp.start(OPEN);
    await hooked(app, there.url);
    const began = app.clock.now();
    const task = await app.task('robo');
    await inTime(app, 'acknowledged', async () => (await app.assignment(task)).status === 'acknowledged');
    expect(new Set(there.calls.map((c) => c.headers['webhook-id'])).size).toBe(1);
    expect(there.calls).toHaveLength(4);
    expect(app.clock.now() - began).toBeGreaterThanOrEqual(7000); // after 1, 2 and 4 seconds
    expect(await app.events('agent.webhook_failed')).toEqual([]);
  });

  it('until respond_by: then that is told, and the task goes on by its timeout', async () => {
    await using there = await endpoint(says('', 500));
    await using app = await TestApp.start(OPEN);
    await hooked(app, there.url, { timeout_minutes: 1 });
    const task = await app.task('robo', { ping_interval_minutes: 60 });
    await inTime(app, 'escalated', async () => (await app.assignment(task)).agent_name === 'Ruto', 1000);
    const failed = await app.events('agent.webhook_failed');
    expect(failed[0]).toMatchObject({ task_id: task.id, data: { attempt: 2, why: 'HTTP 500' } }); // of the reminder midway; the first was superseded by it
    const sent = there.calls.length;
    await app.clock.advance(20 * 60_000);
    expect(there.calls).toHaveLength(sent);
  });

  it('is asked no more once the ping is answered elsewhere', async () => {
    await using there = await endpoint(says('', 500));
    await using app = await TestApp.start(OPEN);
    const robo = await hooked(app, there.url);
    const task = await app.task('robo');
    await inTime(app, 'tried', () => there.calls.length === 1);
    await app.ok('POST', `/agents/${robo.id}/acknowledge`, { task_id: task.id });
    await app.clock.advance(60_000);
    expect(there.calls).toHaveLength(1);
    expect(await app.sql('select due_at, outcome from webhook')).toEqual([{ due_at: null, outcome: 'superseded' }]);
  });

  it('hangs: given up after 10 s, and it holds up nobody else', async () => {
    await using hanging = await endpoint(() => {});
    await using there = await endpoint(says('{"ack":true}'));
    await using app = await TestApp.start(OPEN);
    await hooked(app, hanging.url);
    await app.agent('quick', { endpoint_url: there.url, timeout_minutes: 10 });
    for (let i = 0; i < 20; i += 1) await app.task('robo');
    await inTime(app, 'some hang', () => hanging.calls.length > 0);
    const task = await app.task('quick');
    await inTime(app, 'the other is asked', async () => (await app.assignment(task)).status === 'acknowledged');
    expect(hanging.calls.length).toBeLessThanOrEqual(8); // a few at a time
    await app.clock.advance(11_000);
    await inTime(app, 'given up', async () => (await app.sql(`select 1 as x from webhook where outcome = 'no answer within 10 s'`)).length > 0);
  });

  it('hangs with many others of its kind at one address: one that is well there is still asked at once', async () => {
    await using there = await endpoint(() => {});
    await using app = await TestApp.start(OPEN);
    for (let i = 0; i < 15; i += 1) await app.agent(`slow-${i}`, { endpoint_url: there.url, max_concurrent: 4, timeout_minutes: 10 });
    for (let i = 0; i < 60; i += 1) await app.task(`slow-${i % 15}`);
    await inTime(app, 'all are asked before any of them is given up', () => there.calls.length === 60, 1);
    expect(await app.sql('select id from webhook where outcome is not null')).toEqual([]);
  });

  it('is asked once for each question: late answers to earlier attempts change nothing, nor do those of an endpoint that is no longer its own', async () => {
    const late: (() => void)[] = [];
    await using there = await endpoint((response) => void late.push(() => says('{"snooze_minutes": 15}')(response, 0)));
    await using app = await TestApp.start({ ...OPEN, MAX_SNOOZES: '1' });
    const robo = await hooked(app, there.url);
    const task = await app.task('robo');
    await inTime(app, 'asked', () => late.length === 1);
    await app.clock.advance(9000);
    await app.ok('POST', `/tasks/${task.id}/ping`);
    await inTime(app, 'asked again', () => late.length === 2, 10);
    for (const answer of late) answer();
    await inTime(app, 'both are settled', async () => (await app.sql(`select id from webhook where outcome = 'delivered'`)).length === 2, 10);
    expect([(await app.events('assignment.snoozed')).length, (await app.events('message.refused')).length]).toEqual([1, 0]);

    await using other = await endpoint(says('{"ack": true}'));
    await app.ok('POST', `/agents/${robo.id}/complete`, { task_id: task.id });
    const next = await app.task('robo');
    await inTime(app, 'asked of the next', () => late.length === 3);
    await app.ok('PATCH', `/agents/${robo.id}`, { endpoint_url: other.url });
    late[2]?.();
    await inTime(app, 'the new endpoint has it', async () => (await app.assignment(next)).status === 'acknowledged', 10);
    expect(other.calls).toHaveLength(1);
  });

  it('redirects: not followed', async () => {
    await using elsewhere = await endpoint(says('{"ack":true}'));
    await using there = await endpoint((response) => response.writeHead(307, { location: `${elsewhere.url}/ping` }).end());
    await using app = await TestApp.start(OPEN);
    await hooked(app, there.url);
    await app.task('robo');
    await inTime(app, 'noted', async () => (await app.sql('select outcome from webhook where outcome is not null')).length > 0);
    expect(await app.sql('select outcome from webhook')).toEqual([{ outcome: 'HTTP 307: redirects are not followed' }]);
    expect(elsewhere.calls).toEqual([]);
  });

  it('is at a private address: not connected to, unless that is allowed', async () => {
    await using there = await endpoint(says('{"ack":true}'));
    await using app = await TestApp.start();
    const robo = await hooked(app, 'http://robo.example');
    await app.sql('update agent set endpoint_url = ? where id = ?', there.url, robo.id); // it was not looked at when it was saved
    await app.restart();
    await app.task('robo');
    await inTime(app, 'noted', async () => (await app.sql('select outcome from webhook where outcome is not null')).length > 0);
    expect(String((await app.sql('select outcome from webhook'))[0]?.['outcome'])).toContain('ALLOW_PRIVATE_ENDPOINTS');
    expect(there.calls).toEqual([]);
  });
});

it('what was not taken before a restart is sent after it', async () => {
  let isOpen = false;
  await using there = await endpoint((response, nth) => says(isOpen ? '{"ack":true}' : '', isOpen ? 200 : 500)(response, nth));
  await using app = await TestApp.start(OPEN);
  await hooked(app, there.url);
  const task = await app.task('robo');
  await inTime(app, 'tried', () => there.calls.length > 0);
  await app.stop();
  isOpen = true;
  await app.restart();
  await inTime(app, 'acknowledged', async () => (await app.assignment(task)).status === 'acknowledged');
});
