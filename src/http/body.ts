import type { FastifyInstance } from 'fastify';
import { readJsonText } from '#schemas/json-text.ts';
import { InvalidInput } from './problem.ts';

/** Takes JSON alone; an empty body is as good as none. The size is bounded by the server's bodyLimit. */
export function takeJsonBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, async (_request: unknown, body: Buffer) => parseBody(body));
}

/** The value of a body, undefined for an empty one. Throws InvalidInput, which repeats nothing of the body. */
export function parseBody(body: Buffer): unknown {
  if (body.length === 0) return undefined;
  const read = readJsonText(body);
  if (!read.ok) throw new InvalidInput([{ pointer: '', message: read.fault }]);
  return read.value;
}
