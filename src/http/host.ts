/** Which `Host` headers are ours: a foreign one on a loopback listener is a web page that had its name rebound to us. */

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/;

/**
 * Tells whether a request's Host header is one of ours. `bound`: the address we listen on. Beyond loopback any name may lead here,
 * so any is taken. A request without Host (HTTP/1.0) comes from no browser.
 */
export function hostCheck(bound: string): (host: string | undefined) => boolean {
  if (!LOOPBACK.test(bound)) return () => true;
  const known = new Set(['localhost', '127.0.0.1', '[::1]', bound.includes(':') && !bound.startsWith('[') ? `[${bound}]` : bound]);
  return (host) => host === undefined || known.has(host.toLowerCase().replace(/:\d*$/, ''));
}
