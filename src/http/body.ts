import type { FastifyInstance } from 'fastify';
import { InvalidInput } from './problem.ts';

/** Deeper JSON than this is nobody's work, and would overflow the stack of whoever walks it later. */
const MAX_DEPTH = 64;
const UTF8 = new TextDecoder('utf-8', { fatal: true });

/** Takes JSON alone; an empty body is as good as none. The size is bounded by the server's bodyLimit. */
export function takeJsonBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, async (_request: unknown, body: Buffer) => parseBody(body));
}

/** The value of a body, undefined for an empty one. Throws InvalidInput, which repeats nothing of the body. */
export function parseBody(body: Buffer): unknown {
  if (body.length === 0) return undefined;
  const value = parsed(body);
  if (depthBeyond(value, MAX_DEPTH)) throw new InvalidInput([{ pointer: '', message: `must not be nested deeper than ${MAX_DEPTH} levels` }]);
  return value;
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(UTF8.decode(body));
  } catch {
    throw new InvalidInput([{ pointer: '', message: 'must be JSON in UTF-8' }]);
  }
}

/** Level by level, without recursion. */
function depthBeyond(value: unknown, max: number): boolean {
  let level = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > max) return true;
    level = level.flatMap((v) => (typeof v === 'object' && v !== null ? Object.values(v) : []));
  }
  return false;
}
