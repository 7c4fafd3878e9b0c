import { BlockList, isIP } from 'node:net';

/**
 * Which addresses an agent's `endpoint_url` may name. Looked at when it is saved: a name may resolve to something else later,
 * so whoever connects looks at the address again.
 */
const BLOCKED = new BlockList();
// IANA special-purpose registries (RFC 6890): private, shared, loopback, link-local, benchmarking, documentation, multicast, reserved.
for (const [net, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const)
  BLOCKED.addSubnet(net, prefix, 'ipv4');
// Unspecified and loopback, unique local, link-local, site-local, multicast, and the wrappers of IPv4 (NAT64, 6to4, Teredo).
for (const [net, prefix] of [
  ['::', 127],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
  ['64:ff9b::', 96],
  ['100::', 64],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['2001::', 32],
] as const)
  BLOCKED.addSubnet(net, prefix, 'ipv6');

/** What is wrong with this URL as an endpoint, or null. */
export function endpointFault(text: string, allowPrivate: boolean): string | null {
  if (!URL.canParse(text)) return 'is not a URL';
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return 'must begin with http:// or https://';
  if (allowPrivate || !isPrivateHost(url.hostname)) return null;
  return 'names a private, link-local or loopback address, which is refused unless ALLOW_PRIVATE_ENDPOINTS=true';
}

/** `hostname` as the URL parser writes it: lower case, IPv4 in dotted form whatever it was, IPv6 in brackets. */
function isPrivateHost(hostname: string): boolean {
  const host = hostname.replace(/\.$/, '');
  if (host === 'localhost' || host.endsWith('.localhost')) return true;
  const address = host.startsWith('[') ? host.slice(1, -1) : host;
  const family = isIP(address);
  // A BlockList looks at an IPv4-mapped IPv6 address (::ffff:a.b.c.d) by its IPv4 rules.
  return family !== 0 && BLOCKED.check(address, family === 4 ? 'ipv4' : 'ipv6');
}
