import { request } from 'node:http';
import { connect } from 'node:net';
import { hostname, networkInterfaces } from 'node:os';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Unavailable } from '#coordinator/port.ts';
import { refuse } from '#domain/refusal.ts';
import { doneOf } from './fake-coordinator.ts';
import { type HttpFixture, startHttp, TOKENS } from './fixture.ts';

let http: HttpFixture;
beforeAll(async () => {
  http = await startHttp({ maxPayloadBytes: 4_096 });
});
afterAll(() => http.close());
beforeEach(() => {
  http.coordinator.answer = ({ command }) => doneOf(command);
  http.coordinator.admits = true;
  http.coordinator.requests.length = 0;
  http.logged.length = 0;
});

const JSON_TYPE = { 'content-type': 'application/json' };

describe('what cannot be taken', () => {
  const deep = `{"name":"x","description":${'['.repeat(100)}${']'.repeat(100)}}`;
  //  what, method, path, body, headers, status, code
  const cases: [string, string, string, unknown, Record<string, string>, number, string][] = [
    ['an unknown path', 'GET', '/nowhere', undefined, {}, 404, 'not_found'],
    ['an id that is no number', 'GET', '/tasks/abc', undefined, {}, 404, 'task_not_found'],
    ['an id that is no number, of an agent', 'POST', '/agents/alice/acknowledge', {}, {}, 404, 'agent_not_found'],
    ['an id beyond any number', 'GET', '/tasks/99999999999999999999', undefined, {}, 404, 'task_not_found'],
    ['id zero', 'GET', '/tasks/0', undefined, {}, 404, 'task_not_found'],
    ['a negative id', 'GET', '/tasks/-1', undefined, {}, 404, 'task_not_found'],
    ['a very long path', 'GET', `/tasks/${'9'.repeat(2000)}`, undefined, {}, 404, 'not_found'],
    ['a path that is no URL path', 'GET', '/tasks/%zz', undefined, {}, 400, 'invalid_payload'],
    ['malformed JSON', 'POST', '/tasks', '{"name":', JSON_TYPE, 400, 'invalid_payload'],
    ['a body that is no object', 'POST', '/tasks', '[]', JSON_TYPE, 400, 'invalid_payload'],
    ['null as a body', 'POST', '/tasks/1/assign', 'null', JSON_TYPE, 400, 'invalid_payload'],
    ['no body where one is needed', 'POST', '/tasks', undefined, {}, 400, 'invalid_payload'],
    ['too deep JSON', 'POST', '/tasks', deep, JSON_TYPE, 400, 'invalid_payload'],
    ['too large a body', 'POST', '/tasks', { name: 'x', description: 'y'.repeat(5_000) }, {}, 413, 'payload_too_large'],
    ['a form', 'POST', '/tasks', 'name=x', { 'content-type': 'application/x-www-form-urlencoded' }, 415, 'invalid_payload'],
    ['text', 'POST', '/tasks', '{"name":"x"}', { 'content-type': 'text/plain' }, 415, 'invalid_payload'],
    ['a leap second', 'POST', '/tasks', { name: 'x', deadline: '2026-12-31T23:59:60Z' }, {}, 400, 'invalid_payload'],
    ['a bad cursor', 'GET', '/tasks?cursor=nonsense', undefined, {}, 400, 'invalid_payload'],
    ['another list’s cursor', 'GET', `/tasks?cursor=${Buffer.from('events:1').toString('base64url')}`, undefined, {}, 400, 'invalid_payload'],
    ['a limit that is no number', 'GET', '/tasks?limit=many', undefined, {}, 400, 'invalid_payload'],
    ['limit zero', 'GET', '/tasks?limit=0', undefined, {}, 400, 'invalid_payload'],
    ['a parameter given twice', 'GET', '/tasks?limit=1&limit=2', undefined, {}, 400, 'invalid_payload'],
    ['an unknown status', 'GET', '/tasks?status=open', undefined, {}, 400, 'invalid_payload'],
    ['an unknown event kind', 'GET', '/events?kind=nothing', undefined, {}, 400, 'invalid_payload'],
    ['NUL in a filter', 'GET', '/tasks?q=%00', undefined, {}, 400, 'invalid_payload'],
    ['a negative after', 'GET', '/events?after=-1', undefined, {}, 400, 'invalid_payload'],
  ];
  for (const [what, method, path, body, headers, status, code] of cases) {
    test(`${what}: ${status} ${code}`, async () => {
      const answer = await http.ask('admin', method, path, body, headers);
      expect(answer.headers.get('content-type')).toContain('application/problem+json');
      expect(answer.json).toMatchObject({
        status,
        code,
        type: `urn:ping-system:problem:${code}`,
        title: expect.any(String),
        detail: expect.stringMatching(/\.$/),
      });
      expect(answer.status).toBe(status);
      expect(http.coordinator.requests).toEqual([]);
      expect(http.logged.filter(({ level }) => level === 'error')).toEqual([]);
    });
  }

  test('invalid UTF-8', async () => {
    const body = new Uint8Array([...Buffer.from('{"name":"'), 0xff, ...Buffer.from('"}')]);
    const answer = await fetch(`${http.url}/tasks`, { method: 'POST', body, headers: { ...JSON_TYPE, authorization: 'Bearer psm_admin' } });
    expect(answer.status).toBe(400);
  });

  test('every fault is named by its place', async () => {
    const { json } = await http.ask('admin', 'POST', '/tasks', { priority: 'high', blocked_by: [0] });
    expect(json.errors).toEqual(
      expect.arrayContaining([
        { pointer: '', message: expect.stringContaining('name') },
        { pointer: '/priority', message: 'must be integer' },
        { pointer: '/blocked_by/0', message: 'must be >= 1' },
      ]),
    );
  });

  test('an enum fault says what is allowed', async () => {
    expect((await http.ask('admin', 'GET', '/tasks?status=open')).json.errors).toEqual([
      { pointer: '/status', message: expect.stringContaining('in_progress') },
    ]);
  });

  for (const [path, method, allow] of [
    ['/tasks', 'PUT', ['POST', 'GET', 'HEAD']],
    ['/tasks/1', 'POST', ['GET', 'HEAD', 'PATCH', 'DELETE']],
    ['/agents/1/acknowledge/', 'GET', ['POST']],
    ['/livez', 'POST', ['GET', 'HEAD']],
    ['/schemas/ack.json', 'DELETE', ['GET', 'HEAD']],
  ] as const) {
    test(`${method} ${path} is not a method of this path`, async () => {
      const answer = await http.ask('admin', method, path);
      expect(answer.status).toBe(405);
      expect(answer.headers.get('allow')?.split(', ').sort()).toEqual([...allow].sort());
    });
  }

  test('headers too large', async () => {
    const answer = await http.ask('admin', 'GET', '/tasks', undefined, { 'x-large': 'x'.repeat(20_000) });
    expect(answer.status).toBe(431);
    expect(answer.json.status).toBe(431);
  });

  test('what is no HTTP at all', async () => {
    const { hostname, port } = new URL(http.url);
    const socket = connect(Number(port), hostname);
    socket.end('hello\r\n\r\n');
    const chunks: Buffer[] = [];
    for await (const chunk of socket) chunks.push(chunk);
    expect(Buffer.concat(chunks).toString()).toMatch(/^HTTP\/1\.1 400 Bad Request[\s\S]*"code":"invalid_payload"/);
  });
});

describe('what the coordinator refuses', () => {
  test('a refusal is a problem with its code’s status', async () => {
    http.coordinator.answer = () => refuse('no_agent_available', 'Nobody can do this.');
    const answer = await http.ask('admin', 'POST', '/tasks/1/assign', {});
    expect(answer.json).toEqual({
      type: 'urn:ping-system:problem:no_agent_available',
      title: 'No agent is available',
      status: 409,
      detail: 'Nobody can do this.',
      code: 'no_agent_available',
    });
  });

  test('a refused command adds its reply', async () => {
    http.coordinator.answer = () => refuse('assignment_closed', 'Task 1 was escalated to Ruto.', { instruction: 'stop_work', task_id: 1 });
    const { status, json } = await http.ask('own', 'POST', '/agents/2/complete', { task_id: 1, message_id: 'm1' });
    expect(status).toBe(409);
    expect(json).toMatchObject({
      status: 409,
      code: 'assignment_closed',
      ok: false,
      command: 'complete',
      message_id: 'm1',
      task_id: 1,
      instruction: 'stop_work',
      error: { code: 'assignment_closed', title: 'This assignment is closed', detail: 'Task 1 was escalated to Ruto.' },
    });
  });

  test('the coordinator’s own reply wins', async () => {
    const reply = {
      ok: false,
      command: 'ack',
      task_id: 7,
      instruction: 'stop_work' as const,
      error: { code: 'task_closed' as const, title: 't', detail: 'd' },
    };
    http.coordinator.answer = () => ({ ...refuse('task_closed', 'd'), reply });
    expect((await http.ask('own', 'POST', '/agents/2/acknowledge')).json).toMatchObject({ ...reply, status: 409 });
  });

  test('pinged by hand too often', async () => {
    http.coordinator.answer = () => refuse('rate_limited', 'Once per 10 s.');
    const answer = await http.ask('admin', 'POST', '/tasks/1/ping');
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([429, '10']);
  });

  test('too many commands', async () => {
    http.coordinator.admits = false;
    const answer = await http.ask('own', 'POST', '/agents/2/acknowledge', {});
    expect([answer.status, answer.headers.get('retry-after'), answer.json.code]).toEqual([429, '1', 'rate_limited']);
    expect(http.coordinator.requests).toEqual([]);
  });

  for (const [code, status] of [
    ['storage_full', 507],
    ['not_ready', 503],
  ] as const) {
    test(`nothing stored: ${code}`, async () => {
      http.coordinator.answer = () => Promise.reject(new Unavailable(code, 'Not now.'));
      const answer = await http.ask('admin', 'POST', '/tasks', { name: 'x' });
      expect([answer.status, answer.json.code, answer.json.detail]).toEqual([status, code, 'Not now.']);
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    });
  }

  test('what nobody expected is logged once, with its stack, and says nothing', async () => {
    http.coordinator.answer = () => Promise.reject(new Error('password is hunter2'));
    const answer = await http.ask('admin', 'POST', '/tasks?token=psm_leak', { name: 'x' });
    expect([answer.status, answer.json.code]).toEqual([500, 'internal_error']);
    expect(answer.text).not.toContain('hunter2');
    const errors = http.logged.filter(({ level }) => level === 'error');
    expect(errors).toMatchObject([{ fields: { method: 'POST', route: '/tasks', err: { stack: expect.stringContaining('hunter2') } } }]);
    expect(JSON.stringify(http.logged)).not.toContain('psm_leak');
  });

  test('If-Match: 412 when the revision is another, 409 when something else stands in the way', async () => {
    http.coordinator.answer = () => refuse('conflict', 'No.');
    const status = async (tag: string) => (await http.ask('admin', 'PATCH', '/tasks/1', { priority: 1 }, { 'if-match': tag })).status;
    expect(await status('"7"')).toBe(412);
    expect(await status('W/"1"')).toBe(412);
    expect(await status('"1"')).toBe(409);
    expect(await status('*')).toBe(409);
    expect(await status('"1-gzip"')).toBe(409);
    expect(await status('"7", W/"1", "1"')).toBe(409);
    expect(await status('"7", "8"')).toBe(412);
    expect(await status('nonsense')).toBe(412);
    expect(http.coordinator.requests.map(({ command }) => 'if_revision' in command && command.if_revision)).toEqual([7, -1, 1, undefined, 1, 1, -1, -1]);
  });
});

describe('Upgrade', () => {
  const ask = (path: string, headers: Record<string, string>) =>
    new Promise<{ status: number | undefined; type: string | undefined; text: string }>((done, fail) => {
      request(http.url + path, { headers: { authorization: `Bearer ${TOKENS.admin}`, ...headers } }, async (response) => {
        done({ status: response.statusCode, type: response.headers['content-type'], text: Buffer.concat(await response.toArray()).toString() });
      })
        .on('error', fail)
        .end();
    });

  test('to what we do not speak is not heard: some clients ask for HTTP/2 with every first request', async () => {
    for (const connection of ['Upgrade, HTTP2-Settings', 'upgrade']) {
      const { status, text } = await ask('/tasks/1', { connection, upgrade: 'h2c', 'http2-settings': 'AAMAAABkAARAAAAAAAIAAAAA' });
      expect([status, JSON.parse(text).id]).toEqual([200, 1]);
    }
  });

  test('to a WebSocket that lacks its key, or is of another version, is a problem like others', async () => {
    for (const headers of [{}, { 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==', 'sec-websocket-version': '7' }]) {
      const { status, type, text } = await ask('/ws', { connection: 'upgrade', upgrade: 'websocket', ...headers });
      expect([status, type, JSON.parse(text).code]).toEqual([400, 'application/problem+json', 'invalid_payload']);
    }
  });
});

describe('Host', () => {
  const raw = (url: string, host: string): Promise<{ status: number | undefined; text: string }> =>
    new Promise((done, fail) => {
      request(url, { headers: { host } }, async (response) => {
        done({ status: response.statusCode, text: Buffer.concat(await response.toArray()).toString() });
      })
        .on('error', fail)
        .end();
    });
  const statusFor = async (host: string) => (await raw(`${http.url}/livez`, host)).status;

  test('ours in any spelling is taken, a foreign one gets 421', async () => {
    for (const host of ['localhost', 'LOCALHOST:1', '127.0.0.1:8000', '[::1]:8000', '[::1]']) expect(await statusFor(host), host).toBe(200);
    for (const host of ['evil.example', 'evil.example:8000', 'localhost.evil.example', '127.0.0.1.evil.example', '10.0.0.1'])
      expect(await statusFor(host), host).toBe(421);
  });

  test('two Host lines, or a target that names another host, are foreign if one of them is', async () => {
    const { hostname: address, port } = new URL(http.url);
    const statusOf = async (lines: string[]): Promise<string> => {
      const socket = connect(Number(port), address);
      socket.end(`${lines.join('\r\n')}\r\nConnection: close\r\n\r\n`);
      const [head = ''] = Buffer.concat(await socket.toArray())
        .toString()
        .split('\r\n');
      return head.split(' ')[1] ?? '';
    };
    expect(await statusOf(['GET /livez HTTP/1.1', 'Host: localhost'])).toBe('200');
    expect(await statusOf(['GET http://localhost/livez HTTP/1.1', 'Host: localhost'])).toBe('200');
    expect(await statusOf(['GET /livez HTTP/1.1', 'Host: localhost', 'Host: evil.example'])).toBe('421');
    expect(await statusOf(['GET http://evil.example/livez HTTP/1.1', 'Host: localhost'])).toBe('421');
  });

  test('beyond loopback: this machine’s name and addresses, and those that HTTP_ALLOWED_HOSTS names; probes come by any', async () => {
    await using open = await startHttp({ host: '0.0.0.0', allowedHosts: ['Ping.example.com', '2001:db8::7'] });
    const ask = async (path: string, host: string) => {
      const { status, text } = await raw(open.url.replace('0.0.0.0', '127.0.0.1') + path, host);
      return { status, text: text.slice(0, 500) };
    };
    const addresses = Object.values(networkInterfaces()).flatMap((all) =>
      (all ?? []).map(({ address, family }) => (family === 'IPv6' ? `[${address}]` : address)),
    );
    expect(addresses.length).toBeGreaterThan(0);
    for (const host of ['localhost', hostname(), 'ping.example.COM:443', '[2001:DB8::7]:8000', ...addresses])
      expect((await ask('/openapi.json', host)).status, host).toBe(200);
    for (const host of ['rebound.example', '192.0.2.1', '[2001:db8::1]', 'ping.example.com.evil.example', '127.0.0.1.evil.example']) {
      const { status, text } = await ask('/openapi.json', host);
      expect([status, text], host).toEqual([421, expect.stringContaining('HTTP_ALLOWED_HOSTS')]);
      expect((await ask('/', host)).status, host).toBe(421);
    }
    const probes = ['/livez', '/healthz', '/readyz', '/metrics'].map(async (path) => (await ask(path, 'probe.example')).status);
    expect(await Promise.all(probes)).toEqual([200, 200, 200, 401]);
  });
});
