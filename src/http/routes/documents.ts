import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import { openApi } from '#http/documents/openapi.ts';
import { docsPage } from '#http/documents/page.ts';
import type { DeclaredRoute, DescribedRoute } from '#http/operation.ts';
import { problem, sendProblem } from '#http/problem.ts';
import { asyncApi } from '#schemas/asyncapi.ts';
import { EXAMPLES } from '#schemas/examples.ts';
import { componentName, NAMED, standalone } from '#schemas/named.ts';

/** They change with the version alone; a browser may keep them a while. */
const CACHE = 'public, max-age=300';

const document = (id: string, summary: string, mediaType: string): DescribedRoute => ({
  id,
  tag: 'documents',
  summary,
  security: [],
  answers: { 200: { description: 'The document', mediaType } },
});
const SCHEMA: DescribedRoute = {
  ...document('schema_document', 'The JSON Schema of a message or a resource', 'application/schema+json'),
  path: { file: Type.String({ description: '<name>.json', examples: ['ack.json'] }) },
  missing: 'not_found',
};

/** The documents of contract §4, open to all: OpenAPI, AsyncAPI, every JSON Schema, and a page for people. `routes` may still grow until the first request. */
export function documentRoutes(app: FastifyInstance, routes: readonly DeclaredRoute[], version: string): void {
  const schemas = new Map([...NAMED].map(([name, schema]) => [`${name}.json`, JSON.stringify(standalone(schema, name))]));
  app.get('/schemas/:file', { config: { operation: SCHEMA } }, async (request, reply) => {
    const { file } = request.params as { file: string }; // as: the route has this parameter
    const text = schemas.get(file);
    if (text === undefined) return sendProblem(reply, problem('not_found', `There is no such schema; there are: ${[...NAMED.keys()].join(', ')}.`));
    return reply.type('application/schema+json').header('cache-control', CACHE).send(text);
  });

  const made = once(() => ({ openapi: openApi(routes, version), asyncapi: asyncApi(version) }));
  const texts = once(() => ({ openapi: JSON.stringify(made().openapi), asyncapi: JSON.stringify(made().asyncapi) }));
  const page = once(() => docsPage(made().openapi, made().asyncapi, examples()));
  for (const name of ['openapi', 'asyncapi'] as const) {
    const summary = name === 'openapi' ? 'This document (OpenAPI 3.1)' : 'What goes over MQTT (AsyncAPI 3.0)';
    app.get(`/${name}.json`, { config: { operation: document(name, summary, 'application/json') } }, async (_request, reply) =>
      reply.type('application/json; charset=utf-8').header('cache-control', CACHE).send(texts()[name]),
    );
  }
  app.get('/docs', { config: { operation: document('docs', 'Both documents, for people', 'text/html') } }, async (request, reply) =>
    reply
      .type('text/html; charset=utf-8')
      .header('cache-control', CACHE)
      .header('content-security-policy', page().policy)
      .send(page().html(request.headers.host)),
  );
}

const examples = (): Record<string, unknown> => Object.fromEntries([...NAMED.values()].map((schema) => [componentName(schema), EXAMPLES[schema.$id]]));

/** Made when first asked for, then kept. */
function once<T>(make: () => T): () => T {
  let kept: { readonly value: T } | undefined;
  return () => {
    kept ??= { value: make() };
    return kept.value;
  };
}
