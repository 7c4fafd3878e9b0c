import Type, { type Static } from 'typebox';
import { Id, Nullable, Time } from './scalars.ts';
import { PING_KINDS } from './vocabulary.ts';

/** How an agent was pinged, for people who look it up (contract §4, "Receipts" in §3). */

export const SentPing = Type.Object(
  {
    id: Id,
    ping_id: Type.String({ description: 'The same for every repetition of one question' }),
    task_id: Id,
    assignment_id: Id,
    kind: Type.Enum([...PING_KINDS]),
    attempt: Type.Integer({ minimum: 1, description: 'Counts the repetitions' }),
    created_at: Time,
    respond_by: Nullable(Time),
    published_at: Nullable(Type.String({ format: 'date-time', description: 'The broker took it' })),
    delivered_at: Nullable(
      Type.String({
        format: 'date-time',
        description: 'The agent’s client acknowledged the packet, or its endpoint took it; null at QoS 0 and on an external broker',
      }),
    ),
    answered_at: Nullable(Type.String({ format: 'date-time', description: 'The agent answered' })),
    webhook: Nullable(
      Type.Object(
        {
          tries: Type.Integer({ minimum: 0 }),
          outcome: Nullable(Type.String({ description: 'delivered, superseded (answered, or asked again since), or why the last try failed; null before it' })),
          next_try_at: Nullable(Type.String({ format: 'date-time', description: 'Null: it is settled' })),
        },
        { description: 'Its way to the endpoint of the agent' },
      ),
    ),
  },
  { $id: 'sent_ping', title: 'SentPing', description: 'One attempt of a ping with its receipts.' },
);
export type SentPing = Static<typeof SentPing>;
