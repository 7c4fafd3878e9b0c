import type { Refused } from '#coordinator/port.ts';
import { readJsonText } from '#schemas/json-text.ts';
import { WebhookAnswer } from '#schemas/messages.ts';
import { parser } from '#schemas/validator.ts';

const parse = parser(WebhookAnswer);
/** So much of an answer is kept when it is refused, as of a payload on MQTT (contract §2). */
const EXCERPT_BYTES = 1024;

type Fault = Pick<Refused, 'code' | 'detail'>;
type Answer = { readonly answer: null } | { readonly answer: WebhookAnswer; readonly excerpt: string } | { readonly fault: Fault; readonly excerpt: string };

/** The command in the body of a 2xx. Many endpoints say `ok` or a page of HTML: what is no JSON object says nothing, and is no fault. */
export function readAnswer(body: Buffer, maxBytes: number, mask: (text: string) => string): Answer {
  const text = body.toString('utf8');
  if (!text.trimStart().startsWith('{')) return { answer: null };
  const excerpt = Buffer.from(mask(text)).subarray(0, EXCERPT_BYTES).toString('utf8');
  if (body.length > maxBytes) return { fault: { code: 'payload_too_large', detail: `The answer has more than ${maxBytes} bytes.` }, excerpt };
  const read = readJsonText(body);
  if (!read.ok) return { fault: { code: 'invalid_payload', detail: `The answer ${read.fault}.` }, excerpt };
  const parsed = parse(read.value);
  if (parsed.ok) return { answer: parsed.value, excerpt };
  return { fault: { code: 'invalid_payload', detail: parsed.faults.map(({ pointer, message }) => `${pointer.slice(1)} ${message}`).join('; ') }, excerpt };
}
