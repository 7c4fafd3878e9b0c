import { type FastifyInstance, type FastifyRequest, fastify } from 'fastify';
import type { TObject } from 'typebox';
import { parser } from '#schemas/validator.ts';
import { methodsByPath, routesOf } from './allow.ts';
import { Connections } from './auth/connections.ts';
import { hostCheck, hostsOf } from './auth/host.ts';
import { Sessions } from './auth/session.ts';
import { takeJsonBodies } from './body.ts';
import { compressAnswers } from './compress.ts';
import type { Edge, HttpDeps } from './deps.ts';
import type { Feed } from './feed/feed.ts';
import { Idempotency } from './idempotency.ts';
import { type Limits, limitsOf } from './limits.ts';
import { type DeclaredRoute, operationsOf } from './operation.ts';
import { InvalidInput, PROBLEM_TYPE, problem, problemOfThrown, sendProblem } from './problem.ts';
import { queryParser } from './query.ts';
import { router } from './route.ts';
import { agentHistoryRoutes } from './routes/agent-history.ts';
import { agentRoutes } from './routes/agents.ts';
import { dashboardRoutes } from './routes/dashboard.ts';
import { documentRoutes } from './routes/documents.ts';
import { healthRoutes } from './routes/health.ts';
import { phaseRoutes } from './routes/phases.ts';
import { sessionRoutes } from './routes/session.ts';
import { settingsRoutes } from './routes/settings.ts';
import { openWebSockets, socketRoutes } from './routes/sockets.ts';
import { statsRoutes } from './routes/stats.ts';
import { taskBulkRoutes } from './routes/task-bulk.ts';
import { taskWorkRoutes } from './routes/task-work.ts';
import { taskRoutes } from './routes/tasks.ts';
import { trailRoutes } from './routes/trail.ts';
import { wireRoutes } from './routes/wire.ts';
import { workRoutes } from './routes/work.ts';
import { answerUnreadable, asksForWebSocket } from './unreadable.ts';

export interface HttpServer {
  /** Opens the listener; nothing is taken before. */
  listen(): Promise<{ readonly name: string; readonly url: string }[]>;
  /** Stops taking connections, lets running requests finish, and after 5 s cuts off what is left. */
  close(): Promise<void>;
  /** Every route there is, as declared. */
  readonly routes: readonly { readonly method: string; readonly url: string }[];
  /** Readers of the live feed. */
  feedClients(): number;
  /** A code for `POST /session`: logs in as the admin, once, within ten minutes. For the eyes of whoever started the server alone. */
  newLoginCode(): string;
}

/** Bounds of the edge: a request line and headers together, a whole request, and silence on a connection. */
const MAX_HEADER_BYTES = 16_384;
const HEADERS_TIMEOUT_MS = 15_000;
const REQUEST_TIMEOUT_MS = 30_000;
const SILENCE_TIMEOUT_MS = 60_000;
const MAX_CONNECTIONS = 4_096;
const CLOSE_MS = 5_000;

/** For every response; a page that needs more says so itself. */
const SECURITY_HEADERS = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
} as const;

/** REST, health, the feed and the dashboard on one listener. */
export async function createHttpServer(deps: HttpDeps): Promise<HttpServer> {
  const app = fastify({
    logger: false,
    trustProxy: deps.trustProxy ? (_address, hop) => hop === 0 : false, // the address that our own proxy added, not those that came with the request
    bodyLimit: deps.maxPayloadBytes,
    requestTimeout: REQUEST_TIMEOUT_MS,
    connectionTimeout: SILENCE_TIMEOUT_MS,
    // Other upgrades than ours are left alone (RFC 9110 §7.8): some clients ask for HTTP/2 with every first request.
    http: { maxHeaderSize: MAX_HEADER_BYTES, headersTimeout: HEADERS_TIMEOUT_MS, shouldUpgradeCallback: asksForWebSocket },
    routerOptions: { ignoreTrailingSlash: true },
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    clientErrorHandler: answerUnreadable,
    frameworkErrors: (error, _request, reply) => {
      sendProblem(reply.headers(SECURITY_HEADERS), problemOfThrown(error) ?? problem('invalid_payload', 'The request could not be read.'));
    },
  });
  app.server.maxConnections = MAX_CONNECTIONS;
  const edge = edgeOf(deps, await limitsOf(app, deps.clock));
  const feed = await openWebSockets(app, edge); // before the hooks that may refuse: it is what closes the socket of a refused upgrade
  takeJsonBodies(app);
  maskErrors(app, deps);
  compressAnswers(app);
  validateWithOurSchemas(app);
  guard(app, deps);
  const routes = routesOf(app);
  answerErrors(app, deps, methodsByPath(routes));
  const operations = operationsOf(app);
  declareRoutes(app, edge, operations, feed);
  let isClosing = false;
  // A request that began before the close would leave its connection open for a next one.
  app.addHook('onSend', async (_request, reply) => {
    if (isClosing) reply.header('connection', 'close');
  });
  await app.ready();
  return {
    listen: async () => {
      await app.listen({ host: deps.host, port: deps.port });
      return [{ name: 'http', url: urlOf(app, deps.host) }];
    },
    close: async () => {
      isClosing = true;
      const cancel = deps.clock.after(CLOSE_MS, () => {
        app.server.closeAllConnections();
        for (const socket of app.websocketServer.clients) socket.terminate();
      });
      await app.close().finally(cancel);
    },
    newLoginCode: () => edge.sessions.newCode(),
    feedClients: () => feed.size,
    routes,
  };
}

function edgeOf(deps: HttpDeps, limits: Limits): Edge {
  const { coordinator, sessionRows: rows, log } = deps;
  const sessions = new Sessions({ rows, log, now: () => coordinator.now(), identityOf: (agentId) => coordinator.identityOf(agentId) });
  return {
    ...deps,
    sessions,
    connections: new Connections(sessions, coordinator, log),
    limits,
    idempotency: new Idempotency(deps.keyRows, deps.clock, deps.mask),
  };
}

function declareRoutes(app: FastifyInstance, edge: Edge, operations: readonly DeclaredRoute[], feed: Feed): void {
  const route = router(app, edge);
  sessionRoutes(app, route, edge);
  socketRoutes(app, edge, feed);
  agentRoutes(route, edge);
  agentHistoryRoutes(route, edge);
  wireRoutes(route, edge);
  workRoutes(route, edge);
  taskRoutes(route, edge);
  phaseRoutes(route, edge);
  taskBulkRoutes(route, edge);
  taskWorkRoutes(route, edge);
  trailRoutes(route, edge);
  statsRoutes(route, edge);
  settingsRoutes(route, edge);
  healthRoutes(app, edge);
  documentRoutes(app, operations, edge.version);
  dashboardRoutes(app);
}

/** Our Ajv, which changes nothing it reads; query strings alone are coerced. Responses are plain JSON, so no schema can drop a field. */
function validateWithOurSchemas(app: FastifyInstance): void {
  app.setValidatorCompiler(({ schema, httpPart }) => {
    const parse = httpPart === 'querystring' ? queryParser(schema as TObject) : parser(schema); // as: routes declare queries as TObject
    return (data: unknown) => {
      const read = parse(data);
      return read.ok ? { value: read.value } : { error: new InvalidInput(read.faults) };
    };
  });
}

/** Error texts name what was asked for, which may be a token in the wrong place. */
function maskErrors(app: FastifyInstance, { mask }: HttpDeps): void {
  app.addHook('onSend', async (_request, reply, payload) =>
    typeof payload === 'string' && String(reply.getHeader('content-type')).startsWith(PROBLEM_TYPE) ? mask(payload) : payload,
  );
}

const UNKNOWN_HOST = problem(
  'forbidden',
  'This server does not go by that Host. If it is a name or an address of this server, add it to HTTP_ALLOWED_HOSTS (names separated by commas, without ports).',
  { status: 421 },
);

/** Every answer has the security headers; whoever asks by a foreign name gets nothing else; every request is counted and logged. */
function guard(app: FastifyInstance, deps: HttpDeps): void {
  // The name of a proxy in front is not known here, unless it is said.
  const isOurs = deps.trustProxy && deps.allowedHosts.length === 0 ? () => true : hostCheck(deps.host, deps.allowedHosts);
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(SECURITY_HEADERS);
    if (hostsOf(request.raw).every((host) => isOurs(host, request.routeOptions.url))) return undefined;
    return sendProblem(reply, UNKNOWN_HOST);
  });
  app.addHook('onResponse', async (request, reply) => {
    const { method, route } = named(request);
    deps.metrics.request({ method, route: route ?? 'unmatched', status: reply.statusCode, seconds: reply.elapsedTime / 1000 });
    deps.log.debug({ ...named(request), status: reply.statusCode, ms: Math.round(reply.elapsedTime) }, 'http request');
  });
}

function answerErrors(app: FastifyInstance, deps: HttpDeps, methodsOf: (url: string) => string[]): void {
  app.setErrorHandler((error, request, reply) => {
    const known = problemOfThrown(error);
    if (known === null) deps.log.error({ ...named(request), err: error }, 'http request failed');
    return sendProblem(reply, known ?? problem('internal_error', 'The request failed on our side; the log has the reason.'));
  });
  app.setNotFoundHandler((request, reply) => {
    const methods = methodsOf(request.url);
    if (methods.length === 0) return sendProblem(reply, problem('not_found', 'There is nothing under this path.'));
    const allow = methods.join(', ');
    return sendProblem(reply, problem('invalid_payload', `This path takes ${allow}.`, { status: 405, headers: { allow } }));
  });
}

/** What the log may know of a request: the route, not the URL, which can carry anything. */
const named = (request: FastifyRequest) => ({ method: request.method, route: request.routeOptions.url ?? null });

function urlOf(app: FastifyInstance, host: string): string {
  const address = app.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
