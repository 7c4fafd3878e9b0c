import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ADMIN } from '#test/support/config.ts';
import { until } from '#test/support/until.ts';
import type { Found, Json } from './documented.ts';
import { type Asked, Product, type Raw } from './product.ts';

/** Walks the OpenAPI document: every operation, good and bad, as everybody. What is answered must be what the document says. */

const CALLERS = ['admin', 'main_agent', 'sub_agent', 'nobody'] as const;
type Caller = (typeof CALLERS)[number];

let product: Product;
const tokens: Partial<Record<Caller, string>> = { admin: ADMIN };
const ids = { Ruto: 0, alice: 0, notification: 0 };
/** operationId → statuses that were seen. */
const seen = new Map<string, Set<number>>();

beforeAll(async () => {
  product = await Product.start({ ALLOW_PRIVATE_ENDPOINTS: 'false' });
  const [ruto] = (await product.ok('GET', '/agents')).items;
  tokens.main_agent = (await product.ok('POST', `/agents/${ruto.id}/token`)).token;
  const alice = await product.ok('POST', '/agents', { name: 'alice', max_concurrent: 1 });
  tokens.sub_agent = alice.token;
  [ids.Ruto, ids.alice] = [ruto.id, alice.id];
  await product.ok('POST', '/tasks', { name: 'late', is_ping_enabled: false, agent_name: 'alice', deadline: new Date(Date.now() + 300).toISOString() });
  ids.notification = await until('people are told', async () => (await product.ok('GET', '/notifications')).items[0]?.id);
});
afterAll(() => product[Symbol.asyncDispose]());

const walked = (): Found[] => product.contract.operations.filter(({ operation }) => operation.responses[101] === undefined);

/** Asks, and holds the answer against the document. */
async function ask(asked: Asked): Promise<Raw> {
  const answer = await product.ask(asked);
  expect(product.contract.faults(asked.method, asked.path, answer), `${asked.method} ${asked.path} ${asked.body ?? ''}: ${answer.status}`).toEqual([]);
  const id = product.contract.operationAt(asked.method, asked.path)?.operation.operationId;
  if (id !== undefined) seen.set(id, (seen.get(id) ?? new Set()).add(answer.status));
  return answer;
}

let made = 0;
const fresh = (what: string): string => `${what}-${++made}`;

/** A path of this operation to something that is there, new for each call: `holder` has it, or is it. */
async function pathOf({ path }: Found, holder: Caller): Promise<string> {
  const [, root, parameter] = path.split('/');
  if (parameter === undefined || !parameter.startsWith('{')) return path;
  const put = (id: string | number): string => path.replace(/\{\w+\}/, String(id));
  switch (root) {
    case 'agents':
      return put(holder === 'main_agent' ? ids.Ruto : holder === 'sub_agent' ? ids.alice : await newAgent());
    case 'tasks':
      return put(await newTask(holder));
    case 'phases':
      return put(await newPhase(holder));
    case 'todos':
      return put((await product.ok('POST', `/phases/${await newPhase(holder)}/todos`, { title: 'a' })).id);
    case 'notifications':
      return put(ids.notification);
    case 'sessions':
      return put((await logIn(holder)).session.id);
    case 'schemas':
      return put('ack.json');
    default:
      return put(1);
  }
}

async function newAgent(): Promise<number> {
  const agent = await product.ok('POST', '/agents', { name: fresh('agent'), capabilities: ['nothing'] });
  await product.ok('POST', '/tasks', { name: 'its task', agent_name: agent.name });
  return agent.id;
}
const nameOf = (holder: Caller): string => (holder === 'main_agent' ? 'Ruto' : 'alice');
const newTask = async (holder: Caller): Promise<number> => (await product.ok('POST', '/tasks', { name: fresh('task'), agent_name: nameOf(holder) })).id;
const newPhase = async (holder: Caller): Promise<number> => (await product.ok('POST', `/tasks/${await newTask(holder)}/phases`, { name: 'a' })).id;
async function logIn(who: Caller): Promise<Json> {
  const answer = await product.ask({ method: 'POST', path: '/session', body: JSON.stringify({ token: tokens[who] ?? ADMIN }) });
  return JSON.parse(answer.text);
}

/** The document's own example, about things that are there. */
function bodyOf({ operation }: Found, about: { task_id?: number | undefined } = {}): Json {
  const media = operation.requestBody?.content['application/json'];
  if (media === undefined) return undefined;
  const { assignment_id: _, ping_id: _p, message_id: _m, escalation_chain: _e, blocked_by: _b, deadline: _d, ...example } = media.example ?? {};
  if (operation.operationId === 'register_agent') return { ...example, name: fresh('agent') };
  if (operation.operationId === 'log_in') return { token: ADMIN };
  return {
    ...example,
    ...('agent_name' in example ? { agent_name: 'alice' } : {}),
    ...('task_id' in example && about.task_id !== undefined ? { task_id: about.task_id } : {}),
  };
}

/** What this caller may do with what is its own. */
function mayOwn({ operation }: Found, caller: Caller): 'yes' | 401 | 403 | 404 {
  if (caller === 'nobody') return operation.security.length === 0 ? 'yes' : 401;
  const rule = operation['x-access']?.[caller] ?? 'all';
  return rule === 'never' ? 403 : rule === 'hidden' ? 404 : 'yes';
}

/** A task of the agent that a work command is about. */
async function taskFor(found: Found, path: string, caller: Caller): Promise<number | undefined> {
  if (found.operation.tags[0] !== 'work' || found.method === 'GET') return undefined;
  const agentId = Number(path.split('/')[2]);
  if (agentId === ids.Ruto || agentId === ids.alice) return newTask(caller);
  const { items } = await product.ok('GET', `/tasks?agent=${agentId}`);
  return items[0].id;
}

describe('every operation', () => {
  test('as everybody, about what is their own', async () => {
    for (const found of walked()) {
      for (const caller of CALLERS) {
        const path = await pathOf(found, caller);
        const body = bodyOf(found, { task_id: await taskFor(found, path, caller) });
        const { status, text } = await ask({ method: found.method, path, token: tokens[caller], body: body === undefined ? undefined : JSON.stringify(body) });
        const expected = mayOwn(found, caller);
        const what = `${caller}: ${found.method} ${path} ${JSON.stringify(body)}: ${status} ${text.slice(0, 300)}`;
        if (expected !== 'yes') expect(status, what).toBe(expected);
        else if (!MAY_BE_REFUSED[found.operation.operationId]?.includes(status)) expect(status, what).toBeLessThan(300);
      }
    }
  });

  /** A token that is no session; a change that is not this caller's to make. */
  const MAY_BE_REFUSED: Record<string, number[]> = { log_out: [404], change_task: [403], change_todo: [403], revoke_session: [404] };

  test('as agents, about what is others’', async () => {
    for (const found of walked().filter(({ path }) => path.includes('{'))) {
      for (const [caller, other] of [
        ['sub_agent', 'main_agent'],
        ['main_agent', 'sub_agent'],
      ] as const) {
        const rule = found.operation['x-access']?.[caller];
        const expected = rule === 'be_self' ? 403 : rule === 'see_self' || rule === 'own_task' ? 404 : undefined;
        if (expected === undefined) continue;
        const path = await pathOf(found, other);
        const body = bodyOf(found);
        const { status } = await ask({ method: found.method, path, token: tokens[caller], body: body === undefined ? undefined : JSON.stringify(body) });
        expect(status, `${caller}: ${found.method} ${path}`).toBe(expected);
      }
    }
  });

  test('about what is not there', async () => {
    for (const found of walked().filter(({ path }) => path.includes('{'))) {
      for (const id of ['987654321', '0', 'x', '-1', '9'.repeat(30), '%20', '1.5']) {
        const path = found.path.replace(/\{\w+\}/, id);
        const body = bodyOf(found);
        const { status } = await ask({ method: found.method, path, token: ADMIN, body: body === undefined ? undefined : JSON.stringify(body) });
        expect(status, `${found.method} ${path}`).toBe(404);
      }
    }
  });

  /** These answer for each of their tasks. */
  const EACH_BY_ITSELF = ['bulk_tasks'];

  test('with a body that names who or what is not there', async () => {
    const WRONG: Record<string, unknown> = { agent_name: 'nobody-here', blocked_by: [987654321] };
    let count = 0;
    for (const found of walked().filter(({ operation }) => !EACH_BY_ITSELF.includes(operation.operationId))) {
      const ref = found.operation.requestBody?.content['application/json'].schema.$ref;
      const { properties = {} } = ref === undefined ? {} : product.contract.openapi.components.schemas[ref.split('/').at(-1)];
      for (const field of Object.keys(WRONG).filter((name) => name in properties)) {
        const body = JSON.stringify({ ...bodyOf(found), [field]: WRONG[field] });
        const { status } = await ask({ method: found.method, path: await pathOf(found, 'sub_agent'), token: ADMIN, body });
        expect(status, `${found.method} ${found.path} ${body}`).toBe(404);
        count += 1;
      }
    }
    expect(count).toBeGreaterThan(3);
  });

  test('with a body or a query that is wrong', async () => {
    for (const found of walked()) {
      const { method, operation } = found;
      const path = await pathOf(found, 'admin');
      const send = async (more: Partial<Asked>) => (await ask({ method, path, token: ADMIN, ...more })).status;
      if (method !== 'GET') {
        const about = `${method} ${path}`;
        expect(await send({ body: '{"a":' }), `${about} malformed`).toBe(400);
        expect(await send({ body: Buffer.from([0xff, 0xfe]) }), `${about} no UTF-8`).toBe(400);
        expect(await send({ body: 'x', headers: { 'content-type': 'text/plain' } }), `${about} text`).toBe(415);
        expect(await send({ body: `{"a":"${'x'.repeat(70_000)}"}` }), `${about} large`).toBe(413);
        expect(await send({ body: `{"a":${'['.repeat(5_000)}${']'.repeat(5_000)}}` }), `${about} deep`).toBe(400);
        if (operation.requestBody !== undefined) expect(await send({ body: '[]' }), `${about} a list`).toBe(400);
      }
      for (const { in: where, name, schema } of operation.parameters) {
        if (where !== 'query' || (schema.type === 'string' && schema.maxLength === undefined)) continue;
        expect(await send({ path: `${path}?${name}=${'%20x'.repeat(300)}` }), `${method} ${path}?${name}`).toBe(400);
        expect(await send({ path: `${path}?${name}=1&${name}=2` }), `${method} ${path}?${name} twice`).toBe(400);
      }
    }
  });

  test('by a name that is not the server’s, and by methods that are not the path’s', async () => {
    for (const found of walked()) {
      const path = found.path.replace(/\{\w+\}/, '1');
      expect((await ask({ method: found.method, path, token: ADMIN, headers: { host: 'evil.example' } })).status).toBe(421);
      expect((await ask({ method: 'PUT', path, token: ADMIN })).status).toBe(405);
    }
  });

  test('by a session: unsafe methods need our own Origin, and a wrong token opens none', async () => {
    const login = { method: 'POST', path: '/session' };
    expect((await ask({ ...login, body: '{"token":"psa_wrong"}' })).status).toBe(401);
    expect((await ask({ ...login, body: `{"token":"${ADMIN}"}`, headers: { origin: 'http://evil.example' } })).status).toBe(403);
    const opened = await ask({ ...login, body: `{"token":"${ADMIN}"}` });
    const cookie = opened.headers.get('set-cookie')?.split(';', 1)[0] ?? '';
    for (const found of walked()) {
      if (found.method === 'GET' || !found.operation.security.some((one: object) => 'session' in one)) continue;
      const path = found.path.replace(/\{\w+\}/, '987654321');
      for (const origin of [undefined, 'http://evil.example', 'null']) {
        const { status } = await ask({ method: found.method, path, body: '{}', headers: { cookie, ...(origin === undefined ? {} : { origin }) } });
        expect(status, `${found.method} ${path} from ${origin}`).toBe(403);
      }
    }
    expect((await ask({ method: 'DELETE', path: '/session', headers: { cookie, origin: product.origin } })).status).toBe(200);
    expect((await ask({ method: 'GET', path: '/session', headers: { cookie } })).status).toBe(401);
  });

  test('was seen to succeed, and to refuse', () => {
    for (const { operation } of walked()) {
      const statuses = [...(seen.get(operation.operationId) ?? [])];
      const wanted = Object.keys(operation.responses).map(Number);
      const isSeen = (status: number): boolean => statuses.includes(status) || status >= 500 || [304, 409, 412, 416, 422, 429].includes(status);
      expect(
        wanted.filter((status) => !isSeen(status)),
        operation.operationId,
      ).toEqual([]);
    }
  });

  test('left the server as it should be', async () => {
    await product.isWell();
    expect(await product.orphans()).toEqual({ tasks: [], assignments: [] });
    expect(product.errors).toEqual([]);
  });
});
