import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';

/** The OpenAPI document as a judge: whether an answer is one that its operation documents. */

// biome-ignore lint/suspicious/noExplicitAny: a document read from outside, looked into freely
export type Json = any;

export interface Found {
  readonly method: string;
  /** As documented, with {id}. */
  readonly path: string;
  readonly operation: Json;
}

export interface Documented {
  readonly openapi: Json;
  readonly operations: readonly Found[];
  operationAt(method: string, path: string): Found | undefined;
  /** What is wrong with this answer to `method path`; nothing, where it is as documented. */
  faults(method: string, path: string, answer: { status: number; headers: Headers; text: string }): string[];
  /** What is wrong with a value that a schema of the document describes. */
  invalid(schema: object, value: unknown): string[];
}

const METHODS = ['get', 'post', 'patch', 'delete', 'put'];
const BEFORE_ROUTES = [405, 408, 417, 421, 431];

export function documented(openapi: Json): Documented {
  const operations: Found[] = Object.entries<Json>(openapi.paths).flatMap(([path, methods]) =>
    METHODS.flatMap((method) => (methods[method] === undefined ? [] : [{ method: method.toUpperCase(), path, operation: methods[method] }])),
  );
  const matchers = operations.map((found) => ({ found, pattern: new RegExp(`^${found.path.replaceAll('.', '\\.').replace(/\{\w+\}/g, '[^/]+')}/?$`) }));
  // The most literal path first: /tasks/bulk before /tasks/{id}.
  matchers.sort((a, b) => a.found.path.split('{').length - b.found.path.split('{').length);
  const invalid = validator(openapi);
  const operationAt = (method: string, path: string): Found | undefined =>
    isRoutable(path) ? matchers.find(({ found, pattern }) => found.method === method && pattern.test(path.split('?', 1)[0] ?? ''))?.found : undefined;
  return {
    openapi,
    operations,
    operationAt,
    invalid,
    faults: (method, path, answer) => faults(operationAt(method === 'HEAD' ? 'GET' : method, path), method, answer, invalid),
  };
}

/** What is no path, and what is longer than any parameter, reaches no route. */
function isRoutable(path: string): boolean {
  try {
    return decodeURI(path.split('?', 1)[0] ?? '')
      .split('/')
      .every((part) => part.length <= 100);
  } catch {
    return false;
  }
}

function faults(
  found: Found | undefined,
  method: string,
  { status, headers, text }: { status: number; headers: Headers; text: string },
  invalid: Documented['invalid'],
): string[] {
  if (found === undefined || BEFORE_ROUTES.includes(status)) return status >= 400 ? [] : [`${status} of a path that is not documented`];
  const response = found.operation.responses[status];
  if (response === undefined) return [`${status} is not documented: ${text.slice(0, 300)}`];
  const missing = Object.keys(response.headers ?? {}).filter((name) => !headers.has(name));
  if (missing.length > 0 && status < 400) return [`${status} without ${missing.join(', ')}`];
  if (method === 'HEAD' || response.content === undefined) return [];
  const type = headers.get('content-type')?.split(';', 1)[0] ?? '';
  const media = response.content[type];
  if (media === undefined) return [`${status} as ${type}`];
  if (media.schema === undefined) return [];
  return invalid(media.schema, JSON.parse(text));
}

/** Strict: a field that is not documented is wrong, too. */
function validator(openapi: Json): Documented['invalid'] {
  const ajv = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false, allErrors: true });
  formats.default(ajv);
  ajv.addSchema(local({ $id: 'openapi', $defs: closed(openapi.components.schemas) }));
  const compiled = new Map<string, ValidateFunction>();
  return (schema, value) => {
    const text = JSON.stringify(schema);
    const check = compiled.get(text) ?? ajv.compile(local(closed(schema)));
    compiled.set(text, check);
    return check(value) ? [] : (check.errors ?? []).map((e) => `${e.instancePath} ${e.message} ${JSON.stringify(e.params)}`);
  };
}

const local = (schema: object): object => JSON.parse(JSON.stringify(schema).replaceAll('"#/components/schemas/', '"openapi#/$defs/'));

/** Objects take the fields they name and no others; members of an allOf only narrow another schema. */
function closed(schema: Json): Json {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const inside = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, key === 'allOf' ? value : closed(value)]));
  const isOpen = inside['type'] === 'object' && inside['properties'] !== undefined && inside['additionalProperties'] === undefined;
  return isOpen ? { ...inside, additionalProperties: false } : inside;
}
