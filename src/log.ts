import { type DestinationStream, destination, type Logger as PinoLogger, pino, stdTimeFunctions } from 'pino';
import { TOKEN_SECRET } from '#schemas/scalars.ts';
import type { Config } from './config.ts';

export type Logger = PinoLogger;

/** Agents' tokens and made admin tokens, wherever they appear (contract §5). */
const TOKEN = new RegExp(`(ps[am]_)${TOKEN_SECRET}`, 'g');
/** No shorter text holds one. */
const TOKEN_LENGTH = 47;
const MASKED = '***';
/** A character of a token as JSON may write it. */
const ESCAPED = /\\u00(2d|3[0-9]|4[1-9a-f]|5[0-9a]|5f|6[1-9a-f]|7[0-9a])/gi;

/** A function that masks every token, and the configured admin token, in any text. */
export function masker(adminToken: string | null): (text: string) => string {
  // As JSON writes it, too: a quote or a backslash in the token is escaped in a log line.
  const forms = adminToken === null ? [] : [...new Set([adminToken, JSON.stringify(adminToken).slice(1, -1)])];
  const mask = (text: string): string => {
    let masked = text.length < TOKEN_LENGTH ? text : text.replace(TOKEN, `$1${MASKED}`);
    for (const form of forms) if (masked.includes(form)) masked = masked.replaceAll(form, MASKED);
    return masked;
  };
  return (text) => {
    if (!text.includes('\\u')) return mask(text);
    // JSON may write any character by its number: a text in which that hides a token is kept with its characters written out, and the token masked
    const plain = text.replace(ESCAPED, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
    const masked = mask(plain);
    return masked === plain ? mask(text) : masked;
  };
}

/**
 * The product's log: JSON lines on stderr (stdout is for listeners and answers). Masking works on the finished line,
 * so that no field, message or stack can slip through.
 */
export function createLog(config: Pick<Config, 'logLevel' | 'apiAuthToken'>, stream: DestinationStream = destination({ fd: 2, sync: true })): Logger {
  return pino({ level: config.logLevel, base: null, timestamp: stdTimeFunctions.isoTime, hooks: { streamWrite: masker(config.apiAuthToken) } }, stream);
}
