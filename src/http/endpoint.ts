import ipaddr from 'ipaddr.js';

/** What is wrong with this URL as an endpoint, or null. */
export function endpointFault(text: string, allowPrivate: boolean): string | null {
  if (!URL.canParse(text)) return 'is not a URL';
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return 'must begin with http:// or https://';
  if (allowPrivate || !isPrivateHost(url.hostname)) return null;
  return 'names a private, link-local or loopback address, which is refused unless ALLOW_PRIVATE_ENDPOINTS=true';
}

/**
 * `hostname` as the URL parser writes it: lower case, IPv4 in dotted form whatever it was, IPv6 in brackets. Whatever is not globally routed counts, by the
 * same library's ranges as at connect time (request-filtering-agent), when a name is looked at again: it may resolve to something else by then.
 */
function isPrivateHost(hostname: string): boolean {
  const host = hostname.replace(/\.$/, '');
  if (host === 'localhost' || host.endsWith('.localhost')) return true;
  const address = host.startsWith('[') ? host.slice(1, -1) : host;
  // An IPv4-mapped IPv6 address (::ffff:a.b.c.d) is judged as the IPv4 address in it.
  return ipaddr.isValid(address) && ipaddr.process(address).range() !== 'unicast';
}
