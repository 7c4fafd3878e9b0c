import { Parser } from '@asyncapi/parser';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { fastify } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { operationsOf } from '#http/operation.ts';
import { mayPublish, maySubscribe } from '#mqtt/access.ts';
import * as topics from '#mqtt/topics.ts';
import { EXAMPLES } from '#schemas/examples.ts';
import { NAMED, standalone } from '#schemas/named.ts';
import { COMMAND_LEAVES, EVENT_KINDS } from '#schemas/vocabulary.ts';
import { documented, type Json } from './documented.ts';
import { type HttpFixture, startHttp } from './fixture.ts';

/** The documents as those who use them get them: over HTTP, read by the parsers of others. */

let http: HttpFixture;
let openapi: Json;
let asyncapi: Json;
beforeAll(async () => {
  http = await startHttp();
  openapi = (await http.ask('none', 'GET', '/openapi.json')).json;
  asyncapi = (await http.ask('none', 'GET', '/asyncapi.json')).json;
});
afterAll(() => http.close());

const ajv = new Ajv2020({ strict: true, strictTypes: false, allErrors: true });
formats.default(ajv);

const operations = () => documented(openapi).operations.map(({ method, path, operation }) => ({ where: `${method} ${path}`, operation }));

describe('/openapi.json', () => {
  test('is valid OpenAPI 3.1', async () => {
    const validator = new Validator();
    const { valid, errors } = await validator.validate(structuredClone(openapi));
    expect(errors).toBeUndefined();
    expect([valid, validator.version]).toEqual([true, '3.1']);
  });

  test('has every route of the running server, and no other', async () => {
    const contract = documented(openapi);
    for (const path of Object.keys(openapi.paths)) {
      const concrete = path.replace(/\{\w+\}/g, '1');
      // /tasks/bulk is also a /tasks/{id}.
      const known = ['GET', 'POST', 'PATCH', 'DELETE', 'PUT'].filter((method) => contract.operationAt(method, concrete) !== undefined);
      const answer = await http.ask('admin', 'OPTIONS', concrete);
      expect(answer.status, path).toBe(405);
      const running = answer.headers
        .get('allow')
        ?.split(', ')
        .filter((method) => method !== 'HEAD');
      expect(running?.toSorted(), path).toEqual(known.toSorted());
    }
  });

  test('a route that says nothing about itself cannot be declared', () => {
    const app = fastify();
    operationsOf(app);
    expect(() => app.get('/secret', async () => ({}))).toThrow('GET /secret has no config.operation');
  });

  test('names every operation once, and says of each what it answers', () => {
    const ids = operations().map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { where, operation } of operations()) {
      expect(operation, where).toMatchObject({ operationId: expect.stringMatching(/^[a-z_]+$/), summary: expect.stringMatching(/./) });
      const statuses = Object.keys(operation.responses).map(Number);
      expect(
        statuses.some((status) => status < 300),
        where,
      ).toBe(true);
      for (const [status, { content }] of Object.entries<Json>(operation.responses)) {
        if (Number(status) >= 400) expect(Object.keys(content), `${where} ${status}`).toEqual(['application/problem+json']);
      }
    }
  });

  test('refers only to what is in it, and to all of it', () => {
    const text = JSON.stringify(openapi);
    const used = new Set([...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name));
    expect([...used].toSorted()).toEqual(Object.keys(openapi.components.schemas).toSorted());
  });

  test('its examples are valid, and no body is without one', () => {
    const { invalid } = documented(openapi);
    let count = 0;
    for (const { where, operation } of operations()) {
      for (const [status, { content }] of [['body', operation.requestBody ?? {}], ...Object.entries<Json>(operation.responses)] as [string, Json][]) {
        const media = content?.['application/json'];
        if (media?.schema === undefined) continue;
        const example = media.example ?? SAYS_NOTHING[where];
        expect(example, `${where} ${status} has no example (schemas/examples.ts)`).toBeDefined();
        expect(invalid(media.schema, example), `${where} ${status}`).toEqual([]);
        count += 1;
      }
    }
    expect(count).toBeGreaterThan(25);
  });
});

/** Bodies that need not be there. */
const SAYS_NOTHING: Record<string, object> = { 'POST /tasks/{id}/ping': {}, 'POST /tasks/{id}/resolve': {} };

test('/openapi.json describes the webhook, with true examples', () => {
  const { invalid } = documented(openapi);
  const { post } = openapi.webhooks.ping;
  for (const { content } of [post.requestBody, post.responses['2XX']]) {
    const { schema, example } = content['application/json'];
    expect(invalid(schema, example)).toEqual([]);
  }
});

describe('schemas', () => {
  test.each([...NAMED.keys()])('%s: described, with a true example', (name) => {
    const schema = NAMED.get(name);
    if (schema === undefined) throw new Error(name);
    expect(schema, 'has no description').toMatchObject({ title: expect.stringMatching(/./), description: expect.stringMatching(/./) });
    expect(EXAMPLES, 'has no example in schemas/examples.ts').toHaveProperty(name);
    const check = ajv.compile(standalone(schema, `${name}.json`));
    expect(check(EXAMPLES[name]), JSON.stringify(check.errors)).toBe(true);
  });
});

describe('/asyncapi.json', () => {
  test('is valid AsyncAPI 3.0', async () => {
    const { document, diagnostics } = await new Parser().parse(structuredClone(asyncapi));
    expect(diagnostics.filter(({ severity }) => severity <= 1)).toEqual([]);
    expect(document?.version()).toBe('3.0.0');
    const servers = document?.servers().all() ?? [];
    expect(servers.map((server) => [server.protocol(), server.pathname()])).toEqual([
      ['mqtt', undefined],
      ['mqtts', undefined],
      ['ws', '/mqtt'],
    ]);
    expect(document?.operations().all().length).toBe(Object.keys(asyncapi.operations).length);
  });

  /** Every topic that is built or taken apart in src/mqtt/topics.ts, for alice. */
  const SPOKEN = [
    ...[...COMMAND_LEAVES, topics.HEARTBEAT_LEAF].map((leaf) => `agents/alice/${leaf}`),
    topics.pingTopic('alice'),
    topics.replyTopic('alice'),
    topics.STATUS_TOPIC,
    topics.MASS_STALE_TOPIC,
    topics.alertTopic(7),
    ...EVENT_KINDS.map(topics.eventTopic),
  ];
  const channels = () =>
    Object.entries<Json>(asyncapi.channels).map(([id, { address }]) => ({ id, address, pattern: new RegExp(`^${address.replace(/\{\w+\}/g, '[^/]+')}$`) }));
  /** The channel of a topic: the one without parameters where two match. */
  const channelOf = (topic: string) =>
    channels()
      .toSorted((a, b) => a.address.split('{').length - b.address.split('{').length)
      .find(({ pattern }) => pattern.test(topic));

  test('has every topic we speak, and no other', () => {
    expect(SPOKEN.filter((topic) => channelOf(topic) === undefined)).toEqual([]);
    const used = new Set(SPOKEN.map((topic) => channelOf(topic)?.id));
    expect(channels().filter(({ id }) => !used.has(id))).toEqual([]);
  });

  test('says of each topic who may publish there as the broker does', () => {
    const admin = { kind: 'admin' } as const;
    const alice = { kind: 'agent', id: 1, name: 'alice', type: 'sub_agent' } as const;
    const main = { ...alice, type: 'main_agent' } as const;
    for (const topic of SPOKEN) {
      const channel = channelOf(topic);
      const [operation] = Object.values<Json>(asyncapi.operations).filter((one) => one.channel.$ref === `#/channels/${channel?.id}`);
      expect(mayPublish(admin, topic), topic).toBe(operation.action === 'receive');
      expect(mayPublish(main, topic), topic).toBe(operation.action === 'receive');
      expect(mayPublish(alice, topic), topic).toBe(operation.action === 'receive' && !operation.summary.startsWith('Main agents'));
      expect(maySubscribe(main, topic), topic).toBe(true);
      expect(maySubscribe(alice, topic), topic).toBe(!operation.description.includes('For the admin and main agents'));
    }
  });

  test('its examples are valid', () => {
    const { invalid } = documented({ paths: {}, components: asyncapi.components });
    for (const { name, payload, examples } of Object.values<Json>(asyncapi.components.messages)) {
      for (const example of examples) expect(invalid(payload, example.payload), name).toEqual([]);
    }
  });
});

describe('/docs', () => {
  test('is one page without scripts and with nothing from elsewhere', async () => {
    const page = await http.ask('none', 'GET', '/docs');
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-[^']+'; base-uri 'none'/);
    expect(page.text).not.toMatch(/<script|<link|<img|\son\w+=|javascript:|style=/i);
    expect([...page.text.matchAll(/(?:href|src)="([^"]*)"/g)].map(([, to]) => to).filter((to) => !/^[#/]/.test(to ?? ''))).toEqual([]);
  });

  test('shows every operation, topic and schema under its own anchor, and no link leads nowhere', async () => {
    const { text } = await http.ask('none', 'GET', '/docs');
    const ids = [...text.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { operation } of operations()) expect(ids, operation.operationId).toContain(operation.operationId);
    for (const id of Object.keys(asyncapi.channels)) expect(ids).toContain(`mqtt-${id}`);
    for (const name of Object.keys(openapi.components.schemas)) expect(ids).toContain(`schema-${name}`);
    expect([...text.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id).filter((id) => !ids.includes(id))).toEqual([]);
  });

  test('its lines to try name the server it was asked at', async () => {
    const { text } = await http.ask('none', 'GET', '/docs');
    expect(text).toContain(`curl -sS ${http.url}/agents`);
    expect(text).toContain('mosquitto_pub');
  });
});
