import { createHash } from 'node:crypto';
import { escaped } from './html.ts';
import { type AsyncApi, mqttNav, mqttSections } from './mqtt.ts';
import { HERE, type OpenApi, restNav, restSections, webhookSections } from './rest.ts';
import { fieldsOf, paragraphs, pretty, type Shape } from './shapes.ts';
import { STYLE } from './style.ts';

export interface DocsPage {
  /** For a request to this authority (`Host`); one that is none leaves the default in. */
  readonly html: (host: string | undefined) => string;
  /** No scripts, nothing from elsewhere, this very style alone. */
  readonly policy: string;
}

/** Both documents as one page, without a script: links, the browser's own search, and details that open by themselves when it finds something there. */
export function docsPage(rest: unknown, mqtt: unknown, examples: Readonly<Record<string, unknown>>): DocsPage {
  const openapi = rest as OpenApi; // as: we made it
  const asyncapi = mqtt as AsyncApi; // as: likewise
  const hash = createHash('sha256').update(STYLE).digest('base64');
  const html = pageOf(openapi, asyncapi, examples);
  return {
    html: (host) => (host !== undefined && /^[\w.:[\]-]+$/.test(host) ? html.replaceAll(HERE, `http://${host}`) : html),
    policy: `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  };
}

function pageOf(openapi: OpenApi, asyncapi: AsyncApi, examples: Readonly<Record<string, unknown>>): string {
  const schemas = { ...openapi.components.schemas, ...(asyncapi as unknown as OpenApi).components.schemas }; // as: both keep them in the same place
  const names = Object.keys(schemas).sort();
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>Ping System: REST and MQTT</title><style>${STYLE}</style></head><body>
<a class="skip" href="#content">To the content</a>
<nav aria-label="Contents"><ul>
${restNav(openapi)}
<li><a href="#webhooks">webhooks</a></li>
${mqttNav(asyncapi)}
<li><a href="#schemas">schemas</a><ul>${names.map((name) => `<li><a href="#schema-${name}">${name}</a></li>`).join('')}</ul></li>
</ul></nav>
<main id="content"><h1>Ping System ${escaped(openapi.info.version)}</h1>
<p>For machines: <a href="/openapi.json">OpenAPI 3.1</a>, <a href="/asyncapi.json">AsyncAPI 3.0</a>, and each schema as /schemas/&lt;name&gt;.json.</p>
${paragraphs(openapi.info.description)}
${restSections(openapi)}
${webhookSections(openapi)}
${mqttSections(asyncapi)}
<section><h2 id="schemas">schemas</h2>
${names.map((name) => schemaSection(name, schemas[name] ?? {}, examples[name])).join('\n')}
</section></main></body></html>
`;
}

function schemaSection(name: string, schema: Shape, example: unknown): string {
  return `<article id="schema-${name}"><h3><a href="#schema-${name}">${name}</a></h3>
${paragraphs(schema.description)}
${fieldsOf(schema)}
${example === undefined ? '' : `<details><summary>Example</summary>${pretty(example)}</details>`}</article>`;
}
