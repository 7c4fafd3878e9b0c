import type { TSchema } from 'typebox';
import { type Rule, rulesOf } from '#http/auth/access.ts';
import { type Answered, type DeclaredRoute, HEADERS, REQUEST_HEADERS, type Security, TAGS } from '#http/operation.ts';
import { Problem } from '#schemas/answers.ts';
import { EXAMPLES } from '#schemas/examples.ts';
import { isNamed, referring } from '#schemas/named.ts';
import { Id } from '#schemas/scalars.ts';
import { CODES, type Code } from '#schemas/vocabulary.ts';
import { refusalsOf } from './refusals.ts';
import { webhooksOf } from './webhooks.ts';

type Components = Map<string, object>;

/** The OpenAPI 3.1 document of these routes. */
export function openApi(routes: readonly DeclaredRoute[], version: string): Record<string, unknown> {
  const components: Components = new Map();
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    const path = route.url.replace(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route, components) };
  }
  const webhooks = webhooksOf(components);
  const tags = Object.entries(TAGS).filter(([name]) => routes.some(({ operation }) => operation.tag === name));
  return {
    openapi: '3.1.1',
    info: {
      title: 'Ping System',
      version,
      summary: 'Pings agents until they answer, and escalates when they do not.',
      description: INTRODUCTION,
      license: LICENSE,
    },
    servers: [{ url: '/', description: 'Where this document comes from' }],
    tags: tags.map(([name, description]) => ({ name, description })),
    security: [{ token: [] }],
    paths,
    webhooks,
    components: { schemas: sorted(components), securitySchemes: SECURITY, headers: headerComponents() },
  };
}

const LICENSE = { name: 'MIT', identifier: 'MIT' };
const INTRODUCTION = [
  'Names are snake_case; times are ISO 8601 in UTC with milliseconds; a duration carries its unit in its name and may be fractional.',
  'A 2xx to anything but a GET is sent after its effect is committed: what was answered is not lost.',
  'Lists take limit (shortened to 200) and cursor, and answer { items, next_cursor }: give next_cursor as cursor until it is null.',
  'Errors are application/problem+json (RFC 9457); code is for programs, and the same as on MQTT. What a caller may not see is 404, what it may not do 403. ' +
    'A method that a path does not take is 405, a request that cannot be read as HTTP 400, 408 or 431.',
  'An agent may ask 100 times a second (10 times for /events, /tasks/{id}/why and /ws), an address without a valid token 20 times; its own commands are bounded by ' +
    'MAX_COMMANDS_PER_SECOND, the same as on MQTT. A 429 says with Retry-After when to come back. The admin may ask as often as it likes.',
  'Durations, retries and the life of an assignment are in the README; what goes over MQTT is in /asyncapi.json.',
].join('\n\n');

const SECURITY: Record<Security, object> = {
  token: { type: 'http', scheme: 'bearer', description: 'An agent’s token (psa_…) or the admin’s (psm_…).' },
  session: { type: 'apiKey', in: 'cookie', name: 'ping_session', description: 'The dashboard’s session. Unsafe methods need an Origin equal to ours.' },
};

function operationOf(route: DeclaredRoute, components: Components): object {
  const { operation } = route;
  const who = operation.may === undefined ? undefined : whoMay(rulesOf(operation.may));
  const description = [operation.description, who].filter((text) => text !== undefined).join('\n\n');
  return {
    operationId: operation.id,
    tags: [operation.tag],
    summary: operation.summary,
    ...(description === '' ? {} : { description }),
    ...(operation.may === undefined ? {} : { 'x-access': { admin: 'all', ...rulesOf(operation.may) } }),
    security: operation.security.map((scheme) => ({ [scheme]: [] })),
    parameters: parametersOf(route, components),
    ...(operation.body === undefined ? {} : { requestBody: requestBody(operation.body, components) }),
    responses: { ...answersOf(operation.answers, components), ...problemsOf(route, components) },
  };
}

/** The access table in words. */
function whoMay({ main_agent, sub_agent }: ReturnType<typeof rulesOf>): string {
  return `Who may: the admin; main agents: ${WORDS[main_agent]}; sub-agents: ${WORDS[sub_agent]}.`;
}
const WORDS: Record<Rule, string> = {
  all: 'yes',
  own_rows: 'yes, shown what is theirs',
  see_self: 'for themselves (others are 404)',
  be_self: 'for themselves (others are 403)',
  own_task: 'for tasks they hold or have held (others are 404)',
  hidden: 'no (404)',
  never: 'no (403)',
};

function parametersOf({ url, operation }: DeclaredRoute, components: Components): object[] {
  const inPath = [...url.matchAll(/:(\w+)/g)].map(([, name = '']) => {
    const schema = operation.path?.[name] ?? Id;
    return { name, in: 'path', required: true, schema: referring(schema, components) };
  });
  const required: readonly string[] = operation.query?.required ?? [];
  const inQuery = Object.entries<TSchema>(operation.query?.properties ?? {}).map(([name, schema]) => {
    const { description, ...rest } = schema as TSchema & { description?: string }; // as: an annotation that any schema may have
    return { name, in: 'query', required: required.includes(name), ...(description === undefined ? {} : { description }), schema: referring(rest, components) };
  });
  const inHeader = (operation.takes ?? []).map((name) => ({ name, in: 'header', required: false, ...REQUEST_HEADERS[name] }));
  return [...inPath, ...inQuery, ...inHeader];
}

function requestBody(schema: TSchema, components: Components): object {
  const required = 'required' in schema && Array.isArray(schema.required) && schema.required.length > 0;
  return { required, content: { 'application/json': mediaOf(schema, components) } };
}

function answersOf(answers: Readonly<Record<number, Answered>>, components: Components): Record<string, object> {
  const one = ({ description, schema, mediaType, headers }: Answered): object => ({
    description,
    ...headersOf(headers ?? []),
    ...(schema === undefined && mediaType === undefined
      ? {}
      : { content: { [mediaType ?? 'application/json']: schema === undefined ? {} : mediaOf(schema, components) } }),
  });
  return Object.fromEntries(Object.entries(answers).map(([status, answer]) => [status, one(answer)]));
}

function problemsOf(route: DeclaredRoute, components: Components): Record<string, object> {
  const problem = referring(Problem, components);
  const one = ([status, codes]: readonly [number, readonly Code[]]): [string, object] => {
    const schema = { allOf: [problem, { properties: { status: { const: status }, code: { enum: codes } } }] };
    const headers = [...(status === 401 ? ['www-authenticate'] : []), ...(codes.some((code) => WAITS.includes(code)) ? ['retry-after'] : [])];
    return [
      String(status),
      {
        description: codes.map((code) => `${code}: ${CODES[code].title}`).join('; '),
        ...headersOf(headers),
        content: { 'application/problem+json': { schema } },
      },
    ];
  };
  return Object.fromEntries([...refusalsOf(route)].map(one));
}

const headersOf = (names: readonly string[]): object =>
  names.length === 0 ? {} : { headers: Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }])) };

/** After these it is worth trying again. */
const WAITS: readonly Code[] = ['rate_limited', 'not_ready', 'storage_full'];

function headerComponents(): object {
  const always = {
    'retry-after': { description: 'Seconds after which to try again', schema: { type: 'integer', minimum: 0 } },
    'www-authenticate': { description: 'How to authenticate (RFC 9110)', schema: { type: 'string' } },
  };
  return { ...HEADERS, ...always };
}

function mediaOf(schema: TSchema, components: Components): object {
  const example = exampleOf(schema);
  return { schema: referring(schema, components), ...(example === undefined ? {} : { example }) };
}

/** A named schema's own example, a page of it, or what the fields of an object without a name give as theirs. */
function exampleOf(schema: TSchema): unknown {
  if (isNamed(schema)) return EXAMPLES[schema.$id];
  const { properties = {} } = schema as { properties?: Record<string, TSchema & { items?: TSchema; examples?: unknown[] }> }; // as: looked at, not trusted
  const items = properties['items']?.items;
  if (items !== undefined) return { ...Object.fromEntries(Object.keys(properties).map((name) => [name, null])), items: [exampleOf(items)] }; // the last page
  const fields = Object.entries(properties).map(([name, { examples }]) => [name, examples?.[0]] as const);
  return fields.length === 0 || fields.some(([, example]) => example === undefined) ? undefined : Object.fromEntries(fields);
}

const sorted = (components: Components): object => Object.fromEntries([...components].sort(([a], [b]) => (a < b ? -1 : 1)));
