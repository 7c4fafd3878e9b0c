import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import { compressedTag } from './etag.ts';

/** Below it, gzip saves nothing worth its header. */
const MIN_BYTES = 1024;
const COMPRESSIBLE = /^(?:text\/(?!event-stream)|application\/(?:[\w.-]+\+)?json\b|application\/(?:javascript|xml)\b|image\/svg\+xml\b)/;
const compressed = promisify<string | Buffer, { level: number }, Buffer>(gzip);
/** Half the work of the default level, for JSON that is a tenth longer. */
const OPTIONS = { level: constants.Z_BEST_SPEED + 2 };

/**
 * gzip for texts. At the end, on the whole body, so that Content-Length stays right (also of HEAD) and the entity tag is that of what is sent; streams
 * (files, which come compressed where that pays) and WebSockets are left alone. Off the event loop, in Node's thread pool.
 */
export function compressAnswers(app: FastifyInstance): void {
  app.addHook<unknown>('onSend', async (request, reply, payload) => {
    const isText = COMPRESSIBLE.test(String(reply.getHeader('content-type') ?? ''));
    if (!isText && reply.statusCode !== 304) return payload;
    // Whether or not this one is compressed: a cache must ask again for who takes another coding (RFC 9110 §12.5.5).
    reply.header('vary', withAcceptEncoding(reply.getHeader('vary')));
    if (typeof payload !== 'string' && !Buffer.isBuffer(payload)) return payload;
    if (Buffer.byteLength(payload) < MIN_BYTES || reply.hasHeader('content-encoding') || !takesGzip(request.headers['accept-encoding'])) return payload;
    const tag = reply.getHeader('etag');
    if (typeof tag === 'string') reply.header('etag', compressedTag(tag));
    reply.removeHeader('content-length').header('content-encoding', 'gzip');
    return compressed(payload, OPTIONS);
  });
}

const withAcceptEncoding = (vary: unknown): string => {
  const named = String(vary ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  return named.some((name) => name === '*' || name.toLowerCase() === 'accept-encoding') ? named.join(', ') : [...named, 'accept-encoding'].join(', ');
};

/** Whether an Accept-Encoding header takes gzip (RFC 9110 §12.5.3): named, or by `*`, and not with weight 0. */
export function takesGzip(header: string | string[] | undefined): boolean {
  const weights = new Map<string, number>();
  for (const part of String(header ?? '').split(',')) {
    const [coding = '', ...parameters] = part.split(';').map((word) => word.trim().toLowerCase());
    const weight = parameters.find((word) => word.startsWith('q='))?.slice(2) ?? '1';
    weights.set(coding, Number(weight));
  }
  return (weights.get('gzip') ?? weights.get('x-gzip') ?? weights.get('*') ?? 0) > 0;
}
