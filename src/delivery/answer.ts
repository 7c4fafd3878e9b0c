import type { Refused } from '#coordinator/port.ts';
import { readJsonText } from '#schemas/json-text.ts';
import { WebhookAnswer } from '#schemas/messages.ts';
import { excerptOf, type Mask } from '#schemas/refused.ts';
import { faultsInWords, parser } from '#schemas/validator.ts';

const parse = parser(WebhookAnswer);

type Fault = Pick<Refused, 'code' | 'detail'>;
type Answer = { readonly answer: null } | { readonly answer: WebhookAnswer; readonly excerpt: string } | { readonly fault: Fault; readonly excerpt: string };

/**
 * The command in the body of a 2xx, or what is wrong with it; `excerpt`: what may be kept of it. Many endpoints say `ok` or send a page of HTML: what is
 * no JSON object says nothing, and is no fault.
 */
export function readAnswer(body: Buffer, maxBytes: number, mask: Mask): Answer {
  const text = body.toString('utf8');
  if (!text.trimStart().startsWith('{')) return { answer: null };
  const excerpt = excerptOf(text, mask);
  if (body.length > maxBytes) return { fault: { code: 'payload_too_large', detail: `The answer has more than ${maxBytes} bytes.` }, excerpt };
  const read = readJsonText(body);
  if (!read.ok) return { fault: { code: 'invalid_payload', detail: `The answer ${read.fault}.` }, excerpt };
  const parsed = parse(read.value);
  if (parsed.ok) return { answer: parsed.value, excerpt };
  return { fault: { code: 'invalid_payload', detail: faultsInWords(parsed.faults, 'the answer') }, excerpt };
}
