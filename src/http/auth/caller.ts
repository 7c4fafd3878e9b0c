import type { FastifyRequest } from 'fastify';
import type { Edge } from '#http/deps.ts';
import { type Problem, problem } from '#http/problem.ts';
import { asksForWebSocket } from '#http/unreadable.ts';
import { cookieName, cookieOf } from './cookie.ts';
import { originOf } from './origin.ts';
import type { Caller } from './session.ts';

const UNAUTHORIZED = problem('unauthorized', 'Send a valid token: Authorization: Bearer <token>.', { headers: { 'www-authenticate': 'Bearer' } });
export const FOREIGN_ORIGIN = problem('forbidden', 'This request comes from a page of another origin.');
const NO_ORIGIN = problem('forbidden', 'With the session cookie this needs an Origin header equal to this server.');

const SAFE = ['GET', 'HEAD', 'OPTIONS'];

/** The name of our cookie in this request. The port is the one we listen on, whatever name the request came by. */
export const cookieNameOf = (request: FastifyRequest): string => cookieName(request.socket.localPort ?? 0);
export const cookieIn = (request: FastifyRequest): string | null => cookieOf(request.headers.cookie, cookieNameOf(request));

/** Who sends this request: by its bearer token where it has one, else by its session cookie; or why it goes no further. */
export async function callerOf(edge: Edge, request: FastifyRequest): Promise<Caller | Problem> {
  const { authorization } = request.headers;
  // A browser that once logged in by HTTP Basic keeps sending that by itself: it is no bearer, and says nothing here.
  if (authorization !== undefined && /^Bearer\b/i.test(authorization)) return (await bearerCaller(edge, authorization)) ?? stranger(edge, request);
  const secret = cookieIn(request);
  if (secret === null) return stranger(edge, request);
  if (!SAFE.includes(request.method) || asksForWebSocket(request)) {
    const refused = originProblem(request);
    if (refused !== null) return refused;
  }
  return (await edge.sessions.find(secret)) ?? stranger(edge, request);
}

/** Asked for a token, or, after too many tries, for patience. */
const stranger = async ({ limits }: Edge, request: FastifyRequest): Promise<Problem> => (await limits.stranger(request)) ?? UNAUTHORIZED;

/** What a cookie needs beside itself, or null when it is there (contract §4: SameSite ignores ports). */
export function originProblem(request: FastifyRequest): Problem | null {
  const origin = originOf(request);
  if (origin === 'ours') return null;
  return origin === 'foreign' ? FOREIGN_ORIGIN : NO_ORIGIN;
}

/** The caller of a token, as `POST /session` and the header give it. */
export async function tokenCaller({ coordinator }: Edge, token: string): Promise<Caller | null> {
  const principal = await coordinator.principalOf(token);
  if (principal === null) return null;
  const identity = coordinator.identityOf(principal.kind === 'agent' ? principal.id : null);
  return identity === null ? null : { ...identity, sessionId: null };
}

/** Longer credentials than this are not looked at. */
const MAX_CREDENTIAL = 1024;

async function bearerCaller(edge: Edge, header: string): Promise<Caller | null> {
  const token = /^Bearer +([^\s]+) *$/i.exec(header)?.[1];
  return token === undefined || token.length > MAX_CREDENTIAL ? null : tokenCaller(edge, token);
}
