import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ADMIN } from '#test/support/config.ts';
import { type PostgresServer, postgresMissing, startPostgres } from '#test/support/postgres.ts';
import type { Found, Json } from './documented.ts';
import { type Asked, Product } from './product.ts';

/**
 * Every route with what it half expects and with what nobody would send. Whatever comes: an answer as documented, none of them ours to be
 * ashamed of (5xx), nothing of our inside in it, and a server that goes on.
 * A longer run: FUZZ_RUNS=5000. A failure names its seed: FUZZ_SEED=… repeats it.
 */
const RUNS = Number(process.env['FUZZ_RUNS'] ?? 40);
const SEED = process.env['FUZZ_SEED'];
const PARAMETERS = { numRuns: RUNS, ...(SEED === undefined ? {} : { seed: Number(SEED) }), endOnFailure: RUNS > 500 };

let product: Product;
const tokens = { admin: ADMIN, main: '', sub: '' };

async function start(settings: Record<string, string>): Promise<void> {
  product = await Product.start(settings);
  const [ruto] = (await product.ok('GET', '/agents')).items;
  tokens.main = (await product.ok('POST', `/agents/${ruto.id}/token`)).token;
  tokens.sub = (await product.ok('POST', '/agents', { name: 'alice' })).token;
  for (const name of ['bob', 'carol']) await product.ok('POST', '/agents', { name, max_concurrent: 3 });
  for (let i = 0; i < 8; i++) await product.ok('POST', '/tasks', { name: `task ${i}`, ...(i % 2 === 0 ? { agent_name: 'alice' } : {}) });
}

const odd = fc.constantFrom('\0', '\ud800', '\u{1f4a9}', '__proto__', 'constructor', "'; drop table task; --", '../../etc/passwd', '‮', 'a'.repeat(2_000), '');
const anything: fc.Arbitrary<unknown> = fc.oneof(
  odd,
  fc.jsonValue({ maxDepth: 4 }),
  fc.constantFrom(null, true, 0, -1, 1.5, 1e308, 2 ** 53, -(2 ** 63), 1e-320),
  fc.integer({ min: 1, max: 12 }),
  fc.string({ unit: 'binary' }),
);

/** Values that a schema of the document takes, more or less. */
function valueFor(schema: Json, depth = 0): fc.Arbitrary<unknown> {
  if (schema.$ref !== undefined) return valueFor(product.contract.openapi.components.schemas[schema.$ref.split('/').at(-1)], depth);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map((one: Json) => valueFor(one, depth)));
  if (schema.type === 'integer')
    return fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: schema.minimum ?? -100, max: Math.min(schema.maximum ?? 100, 2 ** 31 - 1) }));
  if (schema.type === 'number') return fc.double({ min: Math.max(schema.minimum ?? 0.01, 0.01), max: schema.maximum ?? 10_000, noNaN: true });
  if (schema.type === 'boolean') return fc.boolean();
  if (schema.type === 'array') return fc.array(valueFor(schema.items ?? {}, depth + 1), { maxLength: 5 });
  if (schema.type === 'object') return objectOf(schema, depth);
  if (schema.type === 'string') return stringOf(schema);
  return anything;
}

function objectOf({ properties = {}, required = [] }: Json, depth: number): fc.Arbitrary<unknown> {
  const fields = Object.fromEntries(Object.entries<Json>(properties).map(([name, field]) => [name, valueFor(field, depth + 1)]));
  return fc.record(fields, { requiredKeys: required });
}

function stringOf(schema: Json): fc.Arbitrary<unknown> {
  if (schema.format === 'date-time')
    return fc.oneof(
      fc.date({ noInvalidDate: true, min: new Date('1970-01-01'), max: new Date('9999-12-31') }).map((at) => at.toISOString()),
      fc.constantFrom('2026-12-31T23:59:60Z', '0000-01-01T00:00:00Z', '9999-12-31T23:59:59.999+23:59'),
    );
  if (schema.format === 'uri') return fc.webUrl();
  if (schema.pattern !== undefined)
    return fc.oneof(fc.constantFrom('alice', 'bob', 'carol', 'Ruto', 'nobody'), fc.stringMatching(/^[A-Za-z][A-Za-z0-9_-]{0,20}$/));
  return fc.oneof(fc.string({ maxLength: 40 }), fc.string({ unit: 'binary', maxLength: 40 }), fc.constantFrom('alice', 'Ruto', '1'));
}

/** A body that is nearly right: one of its fields, or all of it, replaced. */
function bodyOf({ operation }: Found): fc.Arbitrary<Pick<Asked, 'body' | 'headers'>> {
  const schema = operation.requestBody?.content['application/json'].schema ?? {};
  const right = valueFor(schema);
  const wrong = fc
    .tuple(right, fc.oneof(odd, fc.constantFrom(...fieldsOf(schema), 'x')), anything)
    .map(([value, field, replacement]) => replaced(value, field, replacement));
  const json = fc
    .oneof({ weight: 4, arbitrary: right }, { weight: 4, arbitrary: wrong }, { weight: 1, arbitrary: anything })
    .map((value) => JSON.stringify(value) ?? '');
  const deep = fc.integer({ min: 1, max: 30_000 }).map((levels) => `{"result":${'['.repeat(levels)}${']'.repeat(levels)}}`);
  const bytes = fc.uint8Array({ maxLength: 200 }).map((some) => Buffer.from(some));
  const body = fc.oneof(
    { weight: 12, arbitrary: json },
    { weight: 1, arbitrary: deep },
    { weight: 1, arbitrary: bytes },
    { weight: 1, arbitrary: fc.constant('') },
  );
  const type = fc.constantFrom(
    'application/json',
    'application/json; charset=utf-16',
    'application/json;',
    'text/plain',
    'multipart/form-data; boundary=x',
    'application/x-www-form-urlencoded',
    '',
    ';;',
    'application/merge-patch+json',
  );
  return fc
    .tuple(body, fc.oneof({ weight: 9, arbitrary: fc.constant('application/json') }, { weight: 1, arbitrary: type }))
    .map(([text, contentType]) => ({ body: text, headers: { 'content-type': contentType } }));
}
const fieldsOf = (schema: Json): string[] =>
  Object.keys((schema.$ref === undefined ? schema : product.contract.openapi.components.schemas[schema.$ref.split('/').at(-1)]).properties ?? {});
const replaced = (value: unknown, field: string, replacement: unknown): unknown =>
  typeof value === 'object' && value !== null ? Object.defineProperty({ ...value }, field, { value: replacement, enumerable: true }) : replacement;

const encoded = (text: string): string => encodeURIComponent(text.toWellFormed());
function pathOf({ path, operation }: Found): fc.Arbitrary<string> {
  const id = fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: 1, max: 12 }).map(String) },
    { weight: 2, arbitrary: fc.oneof(odd, fc.string({ unit: 'binary' })).map(encoded) },
    {
      weight: 1,
      arbitrary: fc
        .constantFrom('%zz', '%00', '..', '.', '%2e%2e%2f', '1%2f2', '0x1', '1e1', '+1', '٣', '9007199254740993')
        .map((raw) => raw.replace('٣', '%D9%A3')),
    },
  );
  const parameters: Json[] = operation.parameters.filter((one: Json) => one.in === 'query');
  const known = parameters.map(({ name, schema }) =>
    fc.oneof(valueFor(schema), anything).map((value) => `${name}=${encoded(typeof value === 'string' ? value : (JSON.stringify(value) ?? ''))}`),
  );
  const strange = fc.constantFrom('&', '=', '?', 'a[]=1', '__proto__=1', 'limit', 'limit=', '%', '%ff=%ff', 'x=1&x=2', '#', 'constructor[prototype]=1');
  const query = fc.array(fc.oneof(...known, strange), { maxLength: 3 }).map((all) => (all.length === 0 ? '' : `?${all.join('&')}`));
  return fc.tuple(id, query).map(([one, rest]) => path.replace(/\{\w+\}/, one || 'x') + rest);
}

const HEADERS = fc.dictionary(
  fc.constantFrom('if-match', 'if-none-match', 'idempotency-key', 'accept', 'cookie', 'origin', 'authorization', 'expect', 'range', 'x-http-method-override'),
  fc.constantFrom('*', '""', '"1"', 'W/"1"', '"1","2"', 'x'.repeat(3_000), 'null', '=', 'ping_session=x', 'Basic !', 'Bearer ', '100-continue'),
  { maxKeys: 1 },
);

function requestOf(found: Found): fc.Arbitrary<Asked> {
  const token = fc.oneof(
    { weight: 6, arbitrary: fc.constant(tokens.admin) },
    { weight: 2, arbitrary: fc.constantFrom(tokens.main, tokens.sub) },
    { weight: 1, arbitrary: fc.constant(undefined) },
  );
  const body: fc.Arbitrary<Pick<Asked, 'body' | 'headers'>> = found.method === 'GET' ? fc.constant({}) : bodyOf(found);
  return fc
    .tuple(pathOf(found), token, body, HEADERS)
    .map(([path, who, sent, headers]) => ({ method: found.method, path, token: who, ...sent, headers: { ...sent.headers, ...headers } }));
}

/** Stack frames, paths on disk, and the words of the layers below. */
const INSIDE = /\bat .*\.(?:ts|js|mjs):\d|node_modules|\/src\/|file:\/\/|SQLITE_|better-sqlite3|MikroORM|kysely|FST_ERR|TypeError|RangeError|ECONN/;

/** Its own token stops working, or is made anew: what it does is well tested elsewhere, and everything after would be refused. */
const SPARED = ['renew_agent_token', 'deactivate_agent'];

describe('over SQLite, whatever is sent', () => {
  beforeAll(() => start({}));
  whatever();
});
describe.skipIf(postgresMissing)('over PostgreSQL, whatever is sent', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
    await start({ DATABASE_URL: await server.createDatabase() });
  });
  afterAll(() => server[Symbol.asyncDispose]());
  whatever();
});

function whatever(): void {
  afterAll(() => product[Symbol.asyncDispose]());

  test('is answered as documented, by a server that goes on', { timeout: 60_000 + RUNS * 2_000 }, async () => {
    const operations = product.contract.operations.filter(({ operation }) => operation.responses[101] === undefined && !SPARED.includes(operation.operationId));
    const statuses = new Map<number, number>();
    for (const found of operations) {
      await fc.assert(
        fc.asyncProperty(requestOf(found), async (asked) => {
          const answer = await product.ask(asked);
          statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
          expect(answer.status === 503 ? 200 : answer.status, answer.text).toBeLessThan(500); // 503 only where it is documented
          expect(product.contract.faults(asked.method, asked.path, answer)).toEqual([]);
          if (answer.status >= 400) expect(answer.text).not.toMatch(INSIDE);
        }),
        PARAMETERS,
      );
    }
    expect([...statuses.keys()]).toEqual(expect.arrayContaining([200, 201, 400, 401, 403, 404, 415]));
  });

  test('leaves no task that nobody looks after, and nothing in the log that nobody expected', async () => {
    await product.isWell();
    expect(await product.orphans()).toEqual({ tasks: [], assignments: [] });
    expect(product.errors).toEqual([]);
  });
}
