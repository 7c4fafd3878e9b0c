import { escaped } from './html.ts';
import { command, fieldsOf, paragraphs, pretty, quoted, type Shape, table, typeOf } from './shapes.ts';

/** The REST half of the page. The page replaces this address by the one it was asked at. */
export const HERE = 'http://127.0.0.1:8000';

interface Media {
  readonly schema?: Shape;
  readonly example?: unknown;
}
interface Response {
  readonly description: string;
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly content?: Readonly<Record<string, Media>>;
}
interface RestOperation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description?: string;
  readonly security: readonly object[];
  readonly parameters: readonly { name: string; in: string; required: boolean; description?: string; schema: Shape; example?: string }[];
  readonly requestBody?: { readonly content: { readonly 'application/json': Media } };
  readonly responses: Readonly<Record<string, Response>>;
}
/** The part of our own OpenAPI document that is shown. */
export interface OpenApi {
  readonly info: { readonly version: string; readonly description: string };
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, RestOperation>>>>;
  readonly webhooks: Readonly<Record<string, { readonly post: RestOperation }>>;
  readonly components: { readonly schemas: Readonly<Record<string, Shape>> };
}
interface Placed {
  readonly path: string;
  readonly method: string;
  readonly operation: RestOperation;
}

const placesOf = ({ paths }: OpenApi, tag: string): Placed[] =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, operation]) => (operation.tags.includes(tag) ? [{ path, method: method.toUpperCase(), operation }] : [])),
  );

/** What the coordinator asks of others, for the same page. */
export function webhookSections({ webhooks }: OpenApi): string {
  const one = ({ post: operation }: { readonly post: RestOperation }): string => {
    const body = operation.requestBody?.content['application/json'];
    return [
      `<article id="${operation.operationId}"><h3><a href="#${operation.operationId}"><b class="POST">POST</b> ${escaped(operation.summary)}</a></h3>`,
      paragraphs(operation.description),
      parameters(operation),
      body?.schema === undefined ? '' : `<h4>Body</h4><p>${typeOf(body.schema)}</p>`,
      taken(operation),
      '</article>',
    ].join('\n');
  };
  return `<section><h2 id="webhooks">webhooks</h2><p>Requests that the coordinator makes.</p>\n${Object.values(webhooks).map(one).join('\n')}</section>`;
}

export function restNav(document: OpenApi): string {
  const group = (tag: string): string =>
    `<li><a href="#${tag}">${tag}</a><ul>${placesOf(document, tag)
      .map(({ path, method, operation }) => `<li><a href="#${operation.operationId}"><b class="${method}">${method}</b> ${escaped(path)}</a></li>`)
      .join('')}</ul></li>`;
  return document.tags.map(({ name }) => group(name)).join('\n');
}

export function restSections(document: OpenApi): string {
  return document.tags
    .map(({ name, description }) => {
      const operations = placesOf(document, name).map(operationSection).join('\n');
      return `<section><h2 id="${name}">${name}</h2><p>${escaped(description)}</p>\n${operations}</section>`;
    })
    .join('\n');
}

function operationSection(placed: Placed): string {
  const { path, method, operation } = placed;
  const body = operation.requestBody?.content['application/json'];
  return [
    `<article id="${operation.operationId}"><h3><a href="#${operation.operationId}"><b class="${method}">${method}</b> <code>${escaped(path)}</code></a> ${escaped(operation.summary)}</h3>`,
    paragraphs(operation.description),
    operation.security.length === 0 ? '<p>Open to all: no token.</p>' : '',
    parameters(operation),
    body?.schema === undefined ? '' : `<h4>Body</h4><p>${typeOf(body.schema)}</p>`,
    command(curl(placed)),
    answers(operation),
    '</article>',
  ].join('\n');
}

function parameters({ parameters: all }: RestOperation): string {
  if (all.length === 0) return '';
  const rows = all.map(({ name, in: where, schema, description }) => [
    `<code>${escaped(name)}</code> <small>${where}</small>`,
    typeOf(schema),
    escaped(description ?? schema.description ?? ''),
  ]);
  return table(['Parameter', 'Type', ''], rows);
}

/** What it answers when all is well. */
function taken({ responses }: RestOperation): string {
  return Object.entries(responses)
    .filter(([status]) => status.startsWith('1') || status.startsWith('2'))
    .map(([status, { description, content }]) => {
      const [mediaType, media] = Object.entries(content ?? {})[0] ?? [];
      const what = media?.schema === undefined ? escaped(mediaType ?? '') : shapeOf(media.schema);
      const example = media?.example === undefined ? '' : `<details><summary>Example</summary>${pretty(media.example)}</details>`;
      return `<h4>${status} ${escaped(description)}</h4>${what === '' ? '' : `<p>${what}</p>`}${example}`;
    })
    .join('\n');
}

function answers(operation: RestOperation): string {
  const refused = Object.entries(operation.responses)
    .filter(([status]) => Number(status) >= 400)
    .map(([status, { description }]) => [status, escaped(description)]);
  const problems = `<details><summary>Problems: ${refused.map(([status]) => status).join(', ')}</summary>${table(['Status', 'code: title'], refused)}</details>`;
  return `${taken(operation)}\n${problems}`;
}

/** A named schema by its name, a page of a list by what is listed, any other by its fields. */
function shapeOf(shape: Shape): string {
  if (shape.$ref !== undefined) return typeOf(shape);
  const { properties = {} } = shape;
  if (properties['items'] === undefined) return fieldsOf(shape);
  return `<code>{ ${Object.keys(properties).join(', ')} }</code>: items is a ${typeOf(properties['items'])}`;
}

/** A line that does it, from the examples. */
function curl({ path, method, operation }: Placed): string {
  const concrete = path.replace(/\{(\w+)\}/g, (_, name: string) => EXAMPLE_PATH[name] ?? '1');
  const example = operation.requestBody?.content['application/json'].example;
  const parts = [`curl -sS${method === 'GET' ? '' : ` -X ${method}`} ${HERE}${concrete}`];
  if (operation.security.some((scheme) => 'token' in scheme)) parts.push('-H "Authorization: Bearer $TOKEN"');
  if (example !== undefined) parts.push("-H 'Content-Type: application/json'", `-d ${quoted(JSON.stringify(example))}`);
  return parts.join(' \\\n  ');
}
const EXAMPLE_PATH: Readonly<Record<string, string>> = { file: 'ack.json' };
