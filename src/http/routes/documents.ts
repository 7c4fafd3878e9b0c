import type { FastifyInstance } from 'fastify';
import { problem, sendProblem } from '#http/problem.ts';
import * as messages from '#schemas/messages.ts';
import * as resources from '#schemas/resources.ts';

/** Every named schema by its name, as text; they never change while we run. */
const DOCUMENTS: ReadonlyMap<string, string> = new Map(
  [...Object.values(messages), ...Object.values(resources)].flatMap((schema) =>
    typeof schema === 'object' && '$id' in schema
      ? [[String(schema.$id), JSON.stringify({ $schema: 'http://json-schema.org/draft-07/schema#', ...schema })] as const]
      : [],
  ),
);

/** The JSON Schemas of every message and resource, open to all. */
export function documentRoutes(app: FastifyInstance): void {
  app.get('/schemas/:file', async (request, reply) => {
    const { file } = request.params as { file: string }; // as: the route has this parameter
    const document = file.endsWith('.json') ? DOCUMENTS.get(file.slice(0, -'.json'.length)) : undefined;
    if (document === undefined) return sendProblem(reply, problem('not_found', `There is no such schema; there are: ${[...DOCUMENTS.keys()].join(', ')}.`));
    return reply.type('application/schema+json').header('cache-control', 'public, max-age=300').send(document);
  });
}
