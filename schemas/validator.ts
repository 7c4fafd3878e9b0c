import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import type { Static, TSchema } from 'typebox';

/** What is wrong and where (JSON pointer into the document, '' for the document itself). */
export interface Fault {
  readonly pointer: string;
  readonly message: string;
}
export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly faults: Fault[] };

/** More faults than this help nobody. */
const MAX_FAULTS = 20;

/** The one strict Ajv of the product. It changes nothing it reads: no coercion, no defaults, no removal. */
export const ajv = new Ajv({ strict: true, allErrors: true, strictTypes: false });
formats.default(ajv, ['date-time', 'uri']);

/** Compiles a schema once; the parser gives the value typed, or every fault (20 at most). */
export function parser<T extends TSchema>(schema: T): (value: unknown) => Parsed<Static<T>> {
  const check = ajv.compile(schema);
  return (value) => {
    if (check(value)) return { ok: true, value: value as Static<T> };
    return { ok: false, faults: faultsOf(check.errors ?? []) };
  };
}

/** Ajv's errors in our words. */
export function faultsOf(errors: readonly { instancePath: string; message?: string; params: Record<string, unknown> }[]): Fault[] {
  return errors.slice(0, MAX_FAULTS).map((e) => ({
    pointer: e.instancePath,
    message: `${e.message ?? 'is not valid'}${Array.isArray(e.params['allowedValues']) ? `: ${e.params['allowedValues'].join(', ')}` : ''}`,
  }));
}
