import type { FastifyRequest } from 'fastify';

/** What this needs of a request. */
type Asked = Pick<FastifyRequest, 'headers' | 'protocol'>;

/**
 * Whether a request's `Origin` is that of our own pages: scheme, host and port as the request itself was asked for. SameSite cookies alone would also
 * be sent for a page on another port of this host. `absent`: there is none, as with every client that is no browser.
 *
 * The scheme is the connection's own; that of a proxy in front counts only where the server trusts it (`trustProxy`).
 */
export function originOf({ headers, protocol }: Asked): 'ours' | 'foreign' | 'absent' {
  const { origin, host } = headers;
  if (origin === undefined) return 'absent';
  const own = `${protocol}://${host ?? ''}`;
  if (host === undefined || !URL.canParse(own)) return 'foreign';
  return new URL(own).origin === origin ? 'ours' : 'foreign';
}
