import Type, { type Static } from 'typebox';
import { Id, Nullable, Time } from './scalars.ts';
import { PING_KINDS } from './vocabulary.ts';

/** What people look up when they ask how a coordinator is set up, and how an agent was pinged (contract §4). */

const Listener = Type.Object({
  name: Type.String({ description: 'mqtt, mqtts or http' }),
  url: Type.String({ description: 'As it is listened on here' }),
});
const Setting = Type.Object({
  name: Type.String({ description: 'The variable' }),
  value: Nullable(Type.String({ description: 'What is in effect, as it would be written; secrets are ***, null: nothing' })),
  is_default: Type.Boolean({ description: 'Nobody said otherwise, or said the same' }),
  about: Type.String({ description: 'What it is for' }),
  allowed: Type.String({ description: 'What it may be' }),
});

export const Settings = Type.Object(
  {
    version: Type.String({ description: 'Of this coordinator' }),
    broker: Type.Object({
      kind: Type.Enum(['embedded', 'external']),
      url: Nullable(Type.String({ description: 'Of an external one, without its password' })),
    }),
    database: Type.Object({
      kind: Type.Enum(['sqlite', 'postgresql']),
      location: Type.String({ description: 'The file, or the URL without its password' }),
    }),
    listeners: Type.Array(Listener, { description: 'Where it listens' }),
    settings: Type.Array(Setting, { description: 'Every variable there is' }),
  },
  { $id: 'settings', title: 'Settings', description: 'How this coordinator is set up.' },
);
export type Settings = Static<typeof Settings>;

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
