import http from 'node:http';
import https from 'node:https';
import { RequestFilteringHttpAgent, RequestFilteringHttpsAgent } from 'request-filtering-agent';
import { Webhook } from 'standardwebhooks';
import type { Courier, Errand, Posted } from '#coordinator/port.ts';
import type { Clock } from '#src/clock.ts';
import { readAnswer } from './answer.ts';

/** Contract §4: so long an endpoint may take, from the first byte out to the last byte in. */
const TIMEOUT_MS = 10_000;
/** Longer answers are not read to their end. */
const MAX_ANSWER_BYTES = 65_536;
/** As many connections as there are errands, which the coordinator bounds: to wait for one would be charged to the endpoint. */
const AGENT = { keepAlive: true, maxFreeSockets: 64 } as const;

export interface CourierDeps {
  readonly clock: Clock;
  readonly version: string;
  /** Endpoints may be at private, link-local and loopback addresses. */
  readonly allowPrivate: boolean;
  /** Masks tokens in text that is to be kept. */
  mask(text: string): string;
}

/**
 * Posts pings as Standard Webhooks (https://www.standardwebhooks.com): headers webhook-id, webhook-timestamp and webhook-signature. Where private
 * addresses are not allowed, the address is looked at when connecting, after its name was resolved. Redirects are not followed.
 */
export function createCourier(deps: CourierDeps): Courier {
  const plain = deps.allowPrivate ? new http.Agent(AGENT) : new RequestFilteringHttpAgent(AGENT);
  const secure = deps.allowPrivate ? new https.Agent(AGENT) : new RequestFilteringHttpsAgent(AGENT);
  const closing = new AbortController();
  return {
    post: (errand) => post(deps, errand, (url) => (url.protocol === 'https:' ? secure : plain), closing.signal),
    close: () => {
      closing.abort();
      plain.destroy();
      secure.destroy();
    },
  };
}

/** `{endpoint_url}/ping`; a query stays where it is. */
function pingUrl(endpoint: string): URL {
  const url = new URL(endpoint);
  url.pathname = `${url.pathname.replace(/\/$/, '')}/ping`;
  return url;
}

function headersOf({ clock, version }: CourierDeps, { id, secret, body }: Errand): http.OutgoingHttpHeaders {
  const at = new Date(clock.wall()); // receivers compare it with their own clocks
  return {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'user-agent': `ping-system/${version}`,
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': new Webhook(secret).sign(id, at, body),
  };
}

async function post(deps: CourierDeps, errand: Errand, agentFor: (url: URL) => http.Agent, signal: AbortSignal): Promise<Posted> {
  using limit = deps.clock.limit(TIMEOUT_MS);
  try {
    const url = pingUrl(errand.url);
    const { request: begin } = url.protocol === 'https:' ? https : http;
    const either = AbortSignal.any([signal, limit.signal]);
    const request = begin(url, { method: 'POST', agent: agentFor(url), headers: headersOf(deps, errand), signal: either });
    return await exchange(request, errand.body, deps);
  } catch (error) {
    return { ok: false, why: limit.signal.aborted ? `no answer within ${TIMEOUT_MS / 1000} s` : wordsOf(error) };
  }
}

async function exchange(request: http.ClientRequest, body: string, { mask }: CourierDeps): Promise<Posted> {
  const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
    request.on('response', resolve);
    request.on('error', reject);
    request.end(body);
  });
  const { statusCode = 0 } = response;
  if (statusCode < 200 || statusCode > 299) {
    response.resume();
    response.on('error', () => {}); // nobody waits for the rest of it
    return { ok: false, why: statusCode >= 300 && statusCode < 400 ? `HTTP ${statusCode}: redirects are not followed` : `HTTP ${statusCode}` };
  }
  return { ok: true, ...readAnswer(await bytesOf(response), MAX_ANSWER_BYTES, mask) };
}

/** What was said, up to a little beyond the bound: the rest is not waited for. */
async function bytesOf(response: http.IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  const bytes: AsyncIterable<Buffer> = response; // no encoding is set
  for await (const chunk of bytes) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > MAX_ANSWER_BYTES) break; // which ends the connection
  }
  return Buffer.concat(chunks);
}

/** For people, without anything secret of the address. */
function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return 'not sent';
  // request-filtering-agent throws a plain Error: its words are all there is to know it by.
  if (error.message.includes('is not allowed')) return 'its address is private, link-local or loopback, which is refused unless ALLOW_PRIVATE_ENDPOINTS=true';
  const { code } = error as NodeJS.ErrnoException; // as: looked at, not trusted
  return code ?? error.message;
}
