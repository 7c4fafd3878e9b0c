import type { TSchema } from 'typebox';
import * as answers from './answers.ts';
import * as bulk from './bulk.ts';
import * as conversation from './conversation.ts';
import * as live from './live.ts';
import * as messages from './messages.ts';
import * as resources from './resources.ts';
import * as sentPing from './sent-ping.ts';
import * as settings from './settings.ts';
import * as stats from './stats.ts';
import * as wire from './wire.ts';

export interface Named extends TSchema {
  readonly $id: string;
}
export const isNamed = (value: unknown): value is Named => typeof value === 'object' && value !== null && '$id' in value && typeof value.$id === 'string';

/** Every schema that has a name of its own, by it. */
export const NAMED: ReadonlyMap<string, Named> = named();

function named(): Map<string, Named> {
  const found = new Map<string, Named>();
  for (const schema of [messages, resources, conversation, bulk, answers, live, stats, settings, sentPing, wire].flatMap((file) => Object.values(file))) {
    if (!isNamed(schema)) continue;
    if (found.has(schema.$id)) throw new Error(`Two schemas have the $id ${schema.$id}`);
    found.set(schema.$id, schema);
  }
  return found;
}

/** TypeBox builds draft 2020-12 schemas. */
const DRAFT = 'https://json-schema.org/draft/2020-12/schema';

/** A named schema as a document that stands alone: what is inside it is part of it and keeps no address of its own. */
export function standalone(schema: Named, $id: string): Record<string, unknown> {
  const inlined = JSON.parse(JSON.stringify(schema, (_, value: unknown) => (isNamed(value) ? { ...value, $id: undefined } : value)));
  return { ...inlined, $schema: DRAFT, $id };
}

/** `agent_create` → `AgentCreate`: its name among the components of a document. */
export const componentName = ({ $id }: Named): string => $id.replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** A schema as it stands in a document: named ones by reference, each added to `components`. */
export function referring(schema: TSchema, components: Map<string, object>): object {
  if (!isNamed(schema)) return walked(schema, components);
  const name = componentName(schema);
  if (!components.has(name)) {
    components.set(name, {}); // taken, should it refer to itself
    components.set(name, walked({ ...schema, $id: undefined }, components));
  }
  return { $ref: `#/components/schemas/${name}` };
}

function walked(schema: object, components: Map<string, object>): object {
  const inside = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map(inside);
    return referring(value, components);
  };
  return Object.fromEntries(Object.entries(schema).flatMap(([key, value]) => (value === undefined ? [] : [[key, inside(value)]])));
}
