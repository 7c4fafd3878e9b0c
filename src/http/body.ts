import type { FastifyInstance, FastifyRequest } from 'fastify';
import { readJsonText } from '#schemas/json-text.ts';
import { InvalidInput } from './problem.ts';

/** Takes JSON alone; an empty body is as good as none. The size is bounded by the server's bodyLimit. */
export function takeJsonBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, async (_request: unknown, body: Buffer) => parseBody(body));
}

/** For routes whose body may say nothing: left out or empty it is {}. To be run before it is validated. */
export async function emptyIsNothing(request: FastifyRequest): Promise<void> {
  if (request.body === undefined) request.body = {};
}

/** The value of a body, undefined for an empty one. Throws InvalidInput, which repeats nothing of the body. */
export function parseBody(body: Buffer): unknown {
  if (body.length === 0) return undefined;
  const read = readJsonText(body);
  if (!read.ok) throw new InvalidInput([{ pointer: '', message: read.fault }]);
  return read.value;
}
