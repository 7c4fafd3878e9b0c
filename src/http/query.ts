import type { Static, TObject, TSchema } from 'typebox';
import { type Fault, type Parsed, parser } from '#schemas/validator.ts';

/** The only place that turns strings into other types: query strings carry nothing else. */

/** Coerces by the schema's own types, then validates; a parameter given twice is a fault, unknown ones are ignored. */
export function queryParser<T extends TObject>(schema: T): (raw: unknown) => Parsed<Static<T>> {
  const parse = parser(schema);
  return (raw) => {
    const given = raw as Record<string, unknown>; // as: Fastify's query string parser gives nothing else
    const faults: Fault[] = [];
    const coerced: Record<string, unknown> = {};
    for (const [name, property] of Object.entries<TSchema>(schema.properties)) {
      const value = given[name];
      if (value === undefined) continue;
      if (typeof value === 'string' && value.includes('\0')) faults.push({ pointer: `/${name}`, message: 'must not contain NUL' });
      else if (typeof value === 'string') coerced[name] = coerce(property, value);
      else faults.push({ pointer: `/${name}`, message: 'is given more than once' });
    }
    return faults.length > 0 ? { ok: false, faults } : parse(coerced);
  };
}

/** A string that does not look like the wanted type stays a string, for the schema to refuse. */
function coerce(schema: TSchema, value: string): unknown {
  const type = 'type' in schema ? schema.type : undefined;
  // Whatever its length, for the schema's bounds to judge; beyond what a number holds it is the largest.
  if (type === 'integer' && /^-?\d+$/.test(value)) return Math.max(-Number.MAX_VALUE, Math.min(Number(value), Number.MAX_VALUE));
  if (type === 'boolean' && (value === 'true' || value === 'false')) return value === 'true';
  return value;
}
