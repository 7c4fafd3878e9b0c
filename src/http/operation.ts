import type { FastifyInstance } from 'fastify';
import type { TObject, TSchema } from 'typebox';
import type { Code } from '#schemas/vocabulary.ts';
import type { Action } from './auth/access.ts';

/**
 * What a route says about itself: the OpenAPI document is made of this and of nothing else. A route without it cannot be declared
 * (`operationsOf`), so that none is ever missing from the document.
 */
export interface Operation {
  /** Names the operation: unique, snake_case. */
  readonly id: string;
  readonly tag: Tag;
  /** One line. */
  readonly summary: string;
  /** Plain text; paragraphs are separated by an empty line. */
  readonly description?: string;
  /** What success looks like, by status. */
  readonly answers: Readonly<Record<number, Answered>>;
  /** What the handler may refuse beside what follows from the route: a code, or a code with another status than its own. */
  readonly refuses?: readonly (Code | readonly [status: number, code: Code])[];
  /** Request headers it looks at. */
  readonly takes?: readonly (keyof typeof REQUEST_HEADERS)[];
}

export interface Answered {
  readonly description: string;
  /** Left out: there is no body, or one that is not described. */
  readonly schema?: TSchema;
  /** `application/json` unless said. */
  readonly mediaType?: string;
  readonly headers?: readonly (keyof typeof HEADERS)[];
}

/** What a whole route says: `router` adds what it knows by itself. */
export interface DescribedRoute extends Operation {
  /** Any of these opens it; empty: it is open to all. */
  readonly security: readonly Security[];
  /** Who may, where `access.ts` decides. */
  readonly may?: Action;
  /** The code for a path whose `:id` names nothing (or nothing that this caller may see). */
  readonly missing?: Code | undefined;
  readonly body?: TSchema | undefined;
  readonly query?: TObject | undefined;
  /** Nothing in its query is ever refused. */
  readonly anyQuery?: boolean;
  /** What the path's parameters are; `:id` needs no word. */
  readonly path?: Readonly<Record<string, TSchema>>;
}

export type Security = 'token' | 'session';

/** The order in which the documents show them. */
export const TAGS = {
  agents: 'Registration, and what is known of each agent.',
  work: 'What an agent says about its own work: the commands of MQTT, answered with the same reply.',
  tasks: 'What is to be done, and who does it.',
  conversation: 'Comments, stages and checklists of a task.',
  people: 'What people are told.',
  trail: 'The audit trail, and figures made of it.',
  session: 'Logging in to the dashboard.',
  health: 'For supervisors, load balancers and monitoring.',
  documents: 'This document and its like, open to all.',
  live: 'WebSockets, and pages for people.',
} as const;
export type Tag = keyof typeof TAGS;

/** Response headers beside those of every answer. */
export const HEADERS = {
  etag: {
    description: 'The revision of the fields that PATCH can change, for If-Match',
    schema: { type: 'string' },
    example: '"3"',
  },
  location: { description: 'Path of what was made', schema: { type: 'string' }, example: '/tasks/1' },
  'set-cookie': { description: 'The session', schema: { type: 'string' } },
} as const;

export const REQUEST_HEADERS = {
  'if-match': {
    description: 'Change it only if what PATCH can change is as it was under this ETag, or one of these; else 412',
    schema: { type: 'string' },
    example: '"3"',
  },
  'idempotency-key': {
    description:
      'Sent again with the same key, the request is answered as before and does nothing: for 24 h, also after a crash. Answers 429 and 5xx are not kept, ' +
      'nor are tokens. A key that belongs to another request is 422, one whose request is still running 409. 1 to 255 printable ASCII characters.',
    schema: { type: 'string', minLength: 1, maxLength: 255 },
  },
} as const;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** For routes that are in the document. */
    readonly operation?: DescribedRoute;
    /** For those that are not: why. */
    readonly undocumented?: string;
  }
}

export interface DeclaredRoute {
  readonly method: string;
  /** As declared: parameters are `:name`. */
  readonly url: string;
  readonly operation: DescribedRoute;
}

/** Every route declared after this call; throws at the declaration of one that says nothing about itself. */
export function operationsOf(app: FastifyInstance): readonly DeclaredRoute[] {
  const declared: DeclaredRoute[] = [];
  app.addHook('onRoute', ({ method, url, config }) => {
    if (config?.undocumented !== undefined) return;
    for (const each of [method].flat()) {
      if (each === 'HEAD') continue; // answers as GET does
      if (config?.operation === undefined)
        throw new Error(`${each} ${url} has no config.operation (http/operation.ts): it would be missing from /openapi.json`);
      declared.push({ method: each, url, operation: config.operation });
    }
  });
  return declared;
}
