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

/** RFC 3339 with an offset, `T` between date and time. */
const DATE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

/** A time that can be computed with: leap seconds and days that do not exist are none. */
function isTime(text: string): boolean {
  const [year, month, day] = text.slice(0, 10).split('-').map(Number);
  const date = new Date(Date.UTC(year ?? 0, (month ?? 0) - 1, day));
  return DATE_TIME.test(text) && date.getUTCDate() === day && !Number.isNaN(Date.parse(text));
}

/** The one strict Ajv of the product. It changes nothing it reads: no coercion, no defaults, no removal. */
export const ajv = new Ajv({ strict: true, allErrors: true, strictTypes: false, verbose: true });
formats.default(ajv, ['uri']);
ajv.addFormat('date-time', isTime);

/** Faults on one line; `whole`: what the document is called. */
export const faultsInWords = (faults: readonly Fault[], whole: string): string =>
  faults.map(({ pointer, message }) => `${pointer === '' ? whole : pointer.slice(1)} ${message}`).join('; ');

/** Compiles a schema once; the parser gives the value typed, or every fault (20 at most). */
export function parser<T extends TSchema>(schema: T): (value: unknown) => Parsed<Static<T>> {
  const check = ajv.compile(schema);
  return (value) => {
    if (check(value)) return { ok: true, value: value as Static<T> }; // as: Ajv has just checked it
    return { ok: false, faults: faultsOf(check.errors ?? []) };
  };
}

/** What is looked at of an Ajv error. */
interface AjvError {
  readonly instancePath: string;
  readonly keyword?: string;
  readonly message?: string;
  readonly params: Record<string, unknown>;
  readonly parentSchema?: object;
}

/** Ajv's errors in our words, one for each thing that is wrong: that it might have been null, too, helps nobody. */
export function faultsOf(errors: readonly AjvError[]): Fault[] {
  const plain = new Set(errors.filter((error) => !isAside(error)).map(({ instancePath }) => instancePath));
  return errors
    .filter((error) => !isAside(error) || !plain.has(error.instancePath))
    .slice(0, MAX_FAULTS)
    .map((error) => ({ pointer: error.instancePath, message: wordsOf(error) }));
}

/** Says only that none of several fits, or that it is not null either. */
const isAside = ({ keyword, params }: AjvError): boolean => keyword === 'anyOf' || (keyword === 'type' && params['type'] === 'null');

function wordsOf({ keyword, message = 'is not valid', params, parentSchema }: AjvError): string {
  if (keyword === 'pattern' && parentSchema !== undefined && 'description' in parentSchema) return `is not allowed here: ${String(parentSchema.description)}`;
  return Array.isArray(params['allowedValues']) ? `${message}: ${params['allowedValues'].join(', ')}` : message;
}
