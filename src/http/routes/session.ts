import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import Type from 'typebox';
import { actorOf, tokenOf } from '#domain/principal.ts';
import { type Answer, missing } from '#http/answer.ts';
import { ownRowsOf } from '#http/auth/access.ts';
import { cookieNameOf, FOREIGN_ORIGIN, tokenCaller } from '#http/auth/caller.ts';
import { clearCookie, setCookie } from '#http/auth/cookie.ts';
import { originOf } from '#http/auth/origin.ts';
import { type Caller, callerIn } from '#http/auth/session.ts';
import { LoginThrottle } from '#http/auth/throttle.ts';
import { emptyIsNothing } from '#http/body.ts';
import type { Edge } from '#http/deps.ts';
import type { DescribedRoute } from '#http/operation.ts';
import { PageOnly, pageBody, pageOf } from '#http/page.ts';
import { invalid, type Problem, problem, sendProblem } from '#http/problem.ts';
import type { Call, router } from '#http/route.ts';
import { Page } from '#schemas/answers.ts';
import { Session, SessionCreate, WhoAmI } from '#schemas/live.ts';

const WRONG = problem('unauthorized', 'This token or code opens nothing: a code works once and for ten minutes, a token until it is renewed.');

const ENDED = Type.Object({ message: Type.String({ examples: ['Logged out'] }) });

const LOGIN: DescribedRoute = {
  id: 'log_in',
  tag: 'session',
  summary: 'Log in: a token or a code for a cookie',
  description:
    'The session acts as the principal of the token (a code: as the admin), until it is logged out, revoked, not used for 12 hours, or that token is renewed. ' +
    'After 10 failures of one address within a minute it is answered 429.',
  security: [],
  body: SessionCreate,
  answers: { 201: { description: 'Logged in', schema: WhoAmI, headers: ['set-cookie'] } },
  refuses: ['unauthorized', 'forbidden', 'rate_limited'],
};

/** Logging in and out, and which sessions there are. */
export function sessionRoutes(app: FastifyInstance, route: ReturnType<typeof router>, edge: Edge): void {
  const throttle = new LoginThrottle(() => edge.clock.monotonic());
  app.post('/session', {
    config: { operation: LOGIN },
    schema: { body: SessionCreate },
    preValidation: emptyIsNothing,
    handler: (request, reply) => logIn(edge, throttle, request, reply),
  });
  route({
    method: 'GET',
    url: '/session',
    may: 'see_session',
    doc: { id: 'who_am_i', tag: 'session', summary: 'Who am I?', answers: { 200: { description: 'The caller', schema: WhoAmI } } },
    handle: async ({ caller }) => ({ body: await whoIs(edge, caller) }),
  });
  route({
    method: 'DELETE',
    url: '/session',
    may: 'see_session',
    doc: {
      id: 'log_out',
      tag: 'session',
      summary: 'Log out',
      answers: { 200: { description: 'The session has ended', schema: ENDED } },
      refuses: ['not_found'],
    },
    handle: async ({ caller, request }) => {
      if (caller.sessionId === null) return problem('not_found', 'This request came by a token, not by a session.');
      await edge.sessions.end(caller.sessionId);
      return { body: { message: 'Logged out' }, headers: { 'set-cookie': clearCookie(cookieNameOf(request), isSecure(request)) } };
    },
  });
  managementRoutes(route, edge);
}

function managementRoutes(route: ReturnType<typeof router>, edge: Edge): void {
  route({
    method: 'GET',
    url: '/sessions',
    may: 'list_sessions',
    query: PageOnly,
    doc: {
      id: 'list_sessions',
      tag: 'session',
      summary: 'Which sessions are open?',
      description:
        'The admin and main agents see everybody’s, a sub-agent its own. Newest first; those whose token was renewed or revoked open nothing any more, ' +
        'and are not shown.',
      answers: { 200: { description: 'A page of sessions', schema: Page(Session) } },
    },
    handle: async ({ principal, caller, query }) => {
      const page = pageOf('sessions', query);
      if ('pointer' in page) return invalid([page], 'The query');
      const { items, next_cursor } = pageBody('sessions', page.limit, await edge.sessions.list(ownRowsOf(principal, 'list_sessions') ?? undefined, page));
      const inForce = items.filter((row) => edge.sessions.isInForce(row)); // after the page was cut: a cursor goes on behind what is left out, too
      return { body: { items: inForce.map((row) => edge.sessions.view(row, caller.sessionId)), next_cursor } };
    },
  });
  route({
    method: 'DELETE',
    url: '/sessions/:id',
    may: 'end_session',
    thing: 'session',
    doc: {
      id: 'revoke_session',
      tag: 'session',
      summary: 'Revoke a session',
      description: 'Its cookie stops working and its WebSockets are closed, at once. An agent may revoke its own alone.',
      answers: { 200: { description: 'It has ended', schema: ENDED } },
      refuses: ['forbidden'],
    },
    handle: (call) => revoke(edge, call),
  });
}

/** An agent ends its own alone. Another's a main agent may see and not end; to a sub-agent it reads as if it were not there. */
async function revoke(edge: Edge, { principal, id }: Call<unknown, unknown>): Promise<Answer | Problem> {
  const row = await edge.sessions.read(id);
  const isOwn = principal.kind !== 'agent' || row?.agent_id === principal.id;
  if (row !== null && !isOwn && ownRowsOf(principal, 'list_sessions') === null) return problem('forbidden', 'An agent ends its own sessions alone.');
  if (row === null || !isOwn || !(await edge.sessions.end(id))) return missing('session');
  return { body: { message: `Session ${id} has ended` } };
}

async function logIn(edge: Edge, throttle: LoginThrottle, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  if (originOf(request) === 'foreign') return sendProblem(reply, FOREIGN_ORIGIN);
  const { token, code } = request.body as SessionCreate; // as: the route's schema
  if ((token === undefined) === (code === undefined)) return sendProblem(reply, invalid([{ pointer: '', message: 'must have either token or code' }]));
  const wait = throttle.wait(request.ip);
  if (wait > 0) return sendProblem(reply, problem('rate_limited', 'Too many failed logins from this address.', { headers: { 'retry-after': String(wait) } }));
  const identity = token === undefined ? edge.sessions.takeCode(code ?? '') : await tokenCaller(edge, token);
  if (identity === null) {
    throttle.failed(request.ip);
    return sendProblem(reply, WRONG);
  }
  const { secret, session } = await edge.sessions.open(identity, userAgentOf(edge, request));
  return reply
    .code(201)
    .header('set-cookie', setCookie(cookieNameOf(request), secret, isSecure(request)))
    .send(await whoIs(edge, callerIn(session, identity)));
}

async function whoIs(edge: Edge, { principal, sessionId }: Caller): Promise<WhoAmI> {
  const row = sessionId === null ? null : await edge.sessions.read(sessionId);
  return {
    actor: actorOf(principal),
    role: principal.kind === 'agent' ? principal.type : 'admin',
    agent_id: principal.kind === 'agent' ? principal.id : null,
    token_id: tokenOf(principal),
    session: row === null ? null : edge.sessions.view(row, sessionId),
  };
}

const isSecure = (request: FastifyRequest): boolean => request.protocol === 'https';

/** As it may be kept. */
function userAgentOf({ mask }: Edge, { headers }: FastifyRequest): string | undefined {
  const agent = headers['user-agent'];
  return agent === undefined ? undefined : mask(agent);
}
