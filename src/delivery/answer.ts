import { readJsonText } from '#schemas/json-text.ts';
import { WebhookAnswer } from '#schemas/messages.ts';
import { parser } from '#schemas/validator.ts';

const parse = parser(WebhookAnswer);
/** So much of a refused answer is kept, as of a refused payload on MQTT (contract §2). */
const EXCERPT_BYTES = 1024;

type Answer = { readonly answer: WebhookAnswer | null } | { readonly fault: string; readonly excerpt: string };

/** The command in the body of a 2xx. Many endpoints say `ok` or a page of HTML: what is no JSON object says nothing, and is no fault. */
export function readAnswer(body: Buffer, mask: (text: string) => string): Answer {
  const read = readJsonText(body);
  if (!read.ok || typeof read.value !== 'object' || read.value === null || Array.isArray(read.value)) return { answer: null };
  const parsed = parse(read.value);
  if (parsed.ok) return { answer: parsed.value };
  const fault = parsed.faults.map(({ pointer, message }) => `${pointer.slice(1)} ${message}`).join('; ');
  const excerpt = Buffer.from(mask(body.toString('utf8')))
    .subarray(0, EXCERPT_BYTES)
    .toString('utf8');
  return { fault, excerpt };
}
