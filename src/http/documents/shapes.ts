import { escaped } from './html.ts';

/** JSON Schemas as HTML. */

/** The part of a JSON Schema that is shown. */
export interface Shape {
  readonly $ref?: string;
  readonly type?: string;
  readonly format?: string;
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Shape[];
  readonly items?: Shape;
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly patternProperties?: object;
  readonly required?: readonly string[];
  readonly [keyword: string]: unknown;
}

const nameOf = (ref: string): string => ref.slice(ref.lastIndexOf('/') + 1);
const link = (name: string): string => `<a href="#schema-${escaped(name)}">${escaped(name)}</a>`;

/** In a few words, with links to named schemas. */
export function typeOf(shape: Shape): string {
  if (shape.$ref !== undefined) return link(nameOf(shape.$ref));
  if (shape.anyOf !== undefined) return shape.anyOf.map(typeOf).join(' or ');
  if (shape.enum !== undefined) return shape.enum.map((value) => `<code>${escaped(String(value))}</code>`).join(' ');
  if (shape.const !== undefined) return `<code>${escaped(String(shape.const))}</code>`;
  if (shape.type === 'array') return `list of ${typeOf(shape.items ?? {})}`;
  if (shape.type === undefined) return 'any JSON';
  return [FORMATS[shape.format ?? ''] ?? shape.type, boundsOf(shape)].filter(Boolean).join(' ');
}

const FORMATS: Readonly<Record<string, string>> = { 'date-time': 'time', uri: 'URL' };
const BOUNDS: Readonly<Record<string, string>> = {
  minimum: '≥ ',
  exclusiveMinimum: '> ',
  maximum: '≤ ',
  minLength: 'at least ',
  maxLength: 'at most ',
};

function boundsOf(shape: Shape): string {
  const said = Object.entries(BOUNDS).flatMap(([keyword, words]) => {
    const bound = shape[keyword];
    if (bound === undefined || bound === Number.MAX_SAFE_INTEGER) return [];
    return [`${words}${String(bound)}${keyword.endsWith('Length') ? ' characters' : ''}`];
  });
  return said.length === 0 ? '' : `<small>${said.join(', ')}</small>`;
}

/** What is said of a shape, wherever it says it. */
const wordsOf = (shape: Shape): string => shape.description ?? shape.anyOf?.find(({ description }) => description !== undefined)?.description ?? '';

/** A table of an object's fields; any other shape in words. Objects inside show their fields below them. */
export function fieldsOf(shape: Shape): string {
  const rows = rowsOf(shape, '');
  if (rows.length === 0) return `<p>${typeOf(shape)}</p>`;
  return table(['Field', 'Type', ''], rows);
}

function rowsOf(shape: Shape, before: string): string[][] {
  return Object.entries(shape.properties ?? {}).flatMap(([name, field]) => {
    const mark = shape.required?.includes(name) ? '' : ' <small>optional</small>';
    const row = [`<code>${escaped(before + name)}</code>${mark}`, typeOf(field), escaped(wordsOf(field))];
    const inner = field.type === 'array' ? { shape: field.items ?? {}, before: `${before}${name}[].` } : { shape: field, before: `${before}${name}.` };
    const object = inner.shape.properties === undefined ? inner.shape.anyOf?.find(({ properties }) => properties !== undefined) : inner.shape;
    return [row, ...(object === undefined ? [] : rowsOf(object, inner.before))];
  });
}

/** Cells are HTML. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const head = heads.map((text) => `<th scope="col">${escaped(text)}</th>`).join('');
  const body = rows.map((cells) => `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`).join('\n');
  return `<div class="scroll" tabindex="0"><table><thead><tr>${head}</tr></thead><tbody>\n${body}\n</tbody></table></div>`;
}

export const pretty = (value: unknown): string => `<pre tabindex="0"><code>${escaped(JSON.stringify(value, null, 2))}</code></pre>`;
export const paragraphs = (text: string | undefined): string =>
  (text ?? '')
    .split('\n\n')
    .filter(Boolean)
    .map((part) => `<p>${escaped(part)}</p>`)
    .join('\n');
/** A line for a shell: within single quotes a quote is written '\''. */
export const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
export const command = (line: string): string => `<pre class="try" tabindex="0"><code>${escaped(line)}</code></pre>`;
