import Type, { type Static, type TSchema } from 'typebox';
import { Reply } from './messages.ts';
import { Nullable } from './scalars.ts';
import { CODE_NAMES } from './vocabulary.ts';

/** What every route may answer: problems, pages of lists, health (contract §4). */

const readiness = {
  checks: Type.Optional(Type.Record(Type.String(), Type.String(), { description: 'Part by part: ok, or what is wrong' })),
  ticker_lag_ms: Type.Optional(Type.Number({ description: 'So late was the last tick' })),
};

/** RFC 9457, with our code; for validation the places that are wrong; for a refused command the reply's fields. */
export const Problem = Type.Object(
  {
    type: Type.String({ description: 'urn:ping-system:problem:<code>' }),
    title: Type.String({ description: 'The same for every problem of this code' }),
    status: Type.Integer({ description: 'The HTTP status' }),
    detail: Type.String({ description: 'What is wrong here, and what to do; repeats nothing that was sent' }),
    code: Type.Enum(CODE_NAMES, { description: 'For programs; the same codes as on MQTT' }),
    errors: Type.Optional(
      Type.Array(Type.Object({ pointer: Type.String({ description: 'JSON pointer into what was sent' }), message: Type.String() }), {
        description: 'What is not valid, and where',
      }),
    ),
    ...Type.Partial(Type.Object(Reply.properties)).properties,
    ...readiness,
  },
  {
    $id: 'problem',
    title: 'Problem',
    description: 'What went wrong (RFC 9457). A refused command has the fields of the reply that its sender would get on MQTT, too.',
  },
);

export const Health = Type.Object(
  {
    status: Type.Enum(['ok', 'ready']),
    version: Type.Optional(Type.String()),
    ...readiness,
  },
  { $id: 'health', title: 'Health', description: 'It is well; with ?verbose, in detail.' },
);

/** One page of a list; next_cursor null on the last. */
export const Page = <T extends TSchema>(item: T) =>
  Type.Object({ items: Type.Array(item), next_cursor: Nullable(Type.String({ description: 'Give it as cursor for the next page; null on the last' })) });

const Count = (description: string, example: number) => Type.Integer({ minimum: 0, description, examples: [example] });

/** How many tasks stand where. */
export const TaskCounts = Type.Object({
  todo: Count('Tasks of this status', 7),
  in_progress: Count('Tasks of this status', 5),
  done: Count('Tasks of this status', 1204),
  cancelled: Count('Tasks of this status', 31),
  unassigned: Count('Open ones that nobody holds', 4),
  pending: Count('Open ones whose holder has not answered', 3),
  acknowledged: Count('Open ones whose holder works on them', 2),
  snoozed: Count('Open ones that are put off', 1),
  needs_attention: Count('Open ones that need a person; the four before are of the others', 2),
});

export type TaskCounts = Static<typeof TaskCounts>;
export type Problem = Static<typeof Problem>;
