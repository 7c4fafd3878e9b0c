import Type, { type Static } from 'typebox';
import { Nullable } from './scalars.ts';

/** What people look up when they ask how a coordinator is set up (contract §4). */

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
