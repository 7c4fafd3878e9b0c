import type { Socket } from 'node:net';
import websocket, { type WebSocket } from '@fastify/websocket';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import Type, { type Static } from 'typebox';
import { callerOf, cookieIn, FOREIGN_ORIGIN, originProblem } from '#http/auth/caller.ts';
import { originOf } from '#http/auth/origin.ts';
import type { Caller } from '#http/auth/session.ts';
import type { Edge } from '#http/deps.ts';
import { Feed } from '#http/feed/feed.ts';
import type { DescribedRoute } from '#http/operation.ts';
import { isProblem, type Problem, problem, sendProblem } from '#http/problem.ts';
import { answerHandshake } from '#http/unreadable.ts';
import { streamOf } from '#http/ws-stream.ts';

/** What the subprotocol of MQTT is called [MQTT-6.0.0-3], and was in 3.1. */
const MQTT_PROTOCOLS = ['mqtt', 'mqttv3.1'];
/** A frame carries one packet at least, and the largest that the broker takes is 16 payloads; larger frames are refused by their header. */
const FRAME_FACTOR = 16;
const FRAME_EXTRA = 65_536;

const UPGRADE = problem('invalid_payload', 'This is a WebSocket: ask with Upgrade: websocket.', {
  status: 426,
  headers: { upgrade: 'websocket', connection: 'upgrade' },
});
const NO_SUBPROTOCOL = problem('invalid_payload', 'Ask for the WebSocket subprotocol mqtt (or mqttv3.1).');
const FULL = problem('not_ready', 'The feed has as many readers as it takes.');

const FeedQuery = Type.Object({
  after: Type.Optional(
    Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: 'Go on after this event: none is left out, none comes twice' }),
  ),
  snapshot: Type.Optional(Type.Boolean({ description: 'false: where `after` can be resumed, leave the snapshot out' })),
});
type FeedQuery = Static<typeof FeedQuery>;

const FEED: DescribedRoute = {
  id: 'live_feed',
  tag: 'live',
  summary: 'WebSocket: the state, then every event as it happens',
  description:
    'JSON text messages: a `snapshot` first, then an `event` for each event in the order of their ids, with the agent, task and assignment it speaks of ' +
    'as the GETs show them now. Each reader sees what its GETs would show it. Nothing is expected from the reader.\n\n' +
    'With `after`, the snapshot has `resumed: true` and last_event_id = after, and the events after it follow. Where `after` is no longer kept, or has ' +
    'not happened yet, the snapshot has `resumed: false` and the feed begins behind it.\n\n' +
    'A browser needs the session cookie, and an Origin equal to this server. Close codes: 1001 the server stops, 1011 it failed, 4408 the reader is too ' +
    'slow (come back with `after`); 4401 the session or token has ended, 1008 the reader talks too much.',
  security: ['token', 'session'],
  query: FeedQuery,
  answers: { 101: { description: 'The feed' } },
  refuses: ['forbidden', 'not_ready', 'rate_limited', [426, 'invalid_payload']],
};
const MQTT: DescribedRoute = {
  id: 'mqtt_over_websocket',
  tag: 'live',
  summary: 'WebSocket: MQTT 3.1.1 to the embedded broker',
  description:
    'Subprotocol `mqtt`. CONNECT authenticates as on TCP. Without a user name, and with the session cookie (and an Origin equal to this server), ' +
    'the connection acts as that session, and ends with it.',
  security: [],
  answers: { 101: { description: 'A stream of MQTT packets, in binary frames' } },
  refuses: ['forbidden', 'invalid_payload', 'rate_limited', [426, 'invalid_payload']],
};

/** Lets routes be WebSockets. To be awaited before any is declared. The server's close tells the readers of the feed; the broker ends its own connections. */
export async function openWebSockets(app: FastifyInstance, edge: Edge): Promise<Feed> {
  const feed = new Feed(edge);
  await app.register(websocket, {
    options: {
      maxPayload: FRAME_FACTOR * edge.maxPayloadBytes + FRAME_EXTRA,
      handleProtocols: (offered: Set<string>) => MQTT_PROTOCOLS.find((name) => offered.has(name)) ?? false,
    },
    errorHandler: (_error, socket) => socket.terminate(),
    preClose: (done) => {
      feed.close();
      done();
    },
  });
  app.websocketServer.on('wsClientError', answerHandshake);
  return feed;
}

export function socketRoutes(app: FastifyInstance, edge: Edge, feed: Feed): void {
  feedRoute(app, edge, feed);
  if (edge.mqttStream !== undefined) mqttRoute(app, edge, edge.mqttStream);
}

function feedRoute(app: FastifyInstance, edge: Edge, feed: Feed): void {
  const callers = new WeakMap<FastifyRequest, Caller>();
  app.route({
    method: 'GET',
    url: '/ws',
    config: { operation: FEED },
    schema: { querystring: FeedQuery },
    onRequest: async (request, reply) => {
      const caller = await readerOf(edge, feed, request);
      if (isProblem(caller)) return sendProblem(reply, caller);
      callers.set(request, caller);
      return undefined;
    },
    handler: notUpgraded,
    wsHandler: (socket, request) => {
      const caller = callers.get(request);
      if (caller === undefined) throw new Error('a handler ran without authentication');
      const { after, snapshot = true } = request.query as FeedQuery; // as: the route's schema
      let leave = (): void => {};
      const reader = feed.join(socket, socketBelow(request), caller.principal, { after, snapshot }, () => leave());
      leave = edge.connections.admit(caller, () => reader.end('ended'));
    },
  });
}

async function readerOf(edge: Edge, feed: Feed, request: FastifyRequest): Promise<Caller | Problem> {
  if (originOf(request) === 'foreign') return FOREIGN_ORIGIN;
  const caller = await callerOf(edge, request);
  if (isProblem(caller)) return caller;
  const { principal } = caller;
  const refused = principal.kind === 'agent' ? await edge.limits.agent(request, principal.id, true) : null; // each begins with a snapshot
  if (refused !== null) return refused;
  return feed.hasRoomFor(principal) ? caller : FULL;
}

function mqttRoute(app: FastifyInstance, edge: Edge, take: NonNullable<Edge['mqttStream']>): void {
  const guests = new WeakMap<FastifyRequest, Caller>();
  app.route({
    method: 'GET',
    url: '/mqtt',
    config: { operation: MQTT },
    onRequest: async (request, reply) => {
      const guest = await guestOf(edge, request);
      if (guest !== null && isProblem(guest)) return sendProblem(reply, guest);
      if (guest !== null) guests.set(request, guest);
      return undefined;
    },
    handler: notUpgraded,
    wsHandler: (socket: WebSocket, request) => {
      const stream = streamOf(socket);
      const guest = guests.get(request);
      if (guest !== undefined)
        stream.once(
          'close',
          edge.connections.admit(guest, () => stream.destroy()),
        );
      take(stream, { transport: 'websocket', address: request.ip, guest: guest?.principal ?? null });
    },
  });
}

/** Who a CONNECT without a user name acts as; null: nobody, for the broker decides who may connect. Cookies are not to be guessed without end, either. */
async function guestOf(edge: Edge, request: FastifyRequest): Promise<Caller | null | Problem> {
  if (originOf(request) === 'foreign') return FOREIGN_ORIGIN;
  const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
  if (request.ws && !MQTT_PROTOCOLS.some((name) => offered.includes(name))) return NO_SUBPROTOCOL;
  const secret = cookieIn(request);
  if (secret === null) return null;
  return originProblem(request) ?? (await edge.sessions.find(secret)) ?? edge.limits.stranger(request);
}

const notUpgraded = async (_request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => sendProblem(reply, UPGRADE);

const socketBelow = (request: FastifyRequest): Socket => request.raw.socket;
