import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { hostname, networkInterfaces } from 'node:os';

/** Which `Host` headers are ours: a foreign one is a web page that had its name rebound to us, and speaks from inside the browser of one of ours. */

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/;
/** Asked by supervisors and load balancers by whatever name they have; they tell a web page nothing, or need a token that a browser does not send by itself. */
const PROBES = ['/livez', '/healthz', '/readyz', '/metrics'];

/** As a Host header has it, without its port: in lower case, an IPv6 address in brackets. */
const named = (host: string): string => (host.includes(':') && !host.startsWith('[') ? `[${host}]` : host).toLowerCase();
const withoutPort = (host: string): string => host.toLowerCase().replace(/:\d*$/, '');

/** Addresses come and go, so that they are looked at each time; a name is none, and is not looked for. */
function isAddressOfOurs(host: string): boolean {
  const address = host.replace(/^\[(.*)\]$/, '$1');
  if (isIP(address) === 0) return false;
  return Object.values(networkInterfaces()).some((all) => all?.some((one) => one.address === address));
}

/**
 * Tells whether a request's Host header is one of ours. `bound`: the address we listen on; `allowed`: further names (HTTP_ALLOWED_HOSTS).
 * Where not loopback alone is listened on, this machine's name and addresses are ours, too, and probes (`route`) may come by any name.
 */
export function hostCheck(bound: string, allowed: readonly string[]): (host: string, route: string | undefined) => boolean {
  const known = new Set(['localhost', '127.0.0.1', '[::1]', ...[bound, ...allowed].map(named)]);
  if (LOOPBACK.test(bound)) return (host) => known.has(withoutPort(host));
  known.add(hostname().toLowerCase());
  return (host, route) => known.has(withoutPort(host)) || isAddressOfOurs(withoutPort(host)) || (route !== undefined && PROBES.includes(route));
}

/** Every host that a request names: each of its Host lines, and that of a target in absolute form (RFC 9112 §3.2.2). None: HTTP/1.0, which no browser speaks. */
export function hostsOf({ rawHeaders, url = '' }: IncomingMessage): string[] {
  const lines = rawHeaders.filter((_, i) => i % 2 === 1 && rawHeaders[i - 1]?.toLowerCase() === 'host');
  const [, authority] = /^[a-z][a-z0-9+.-]*:\/\/(?:[^/?#@]*@)?([^/?#]*)/i.exec(url) ?? [];
  return authority === undefined ? lines : [...lines, authority];
}
