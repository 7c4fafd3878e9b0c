import { CODES } from '#schemas/vocabulary.ts';

export type Problem = Readonly<Record<string, unknown>>;

/** Codes that no server says, because none was asked. */
const OWN_TITLES: Readonly<Record<string, string>> = {
  usage: 'The command line was not understood',
  unreachable: 'The server cannot be reached',
  failed: 'The command failed',
};

/** What `--json` writes on stderr, in the shape of the server's problems; `status` only where the server has one for it. */
export function problemOf(code: string, detail: string, more: Problem = {}): Problem {
  const known = Object.hasOwn(CODES, code) ? CODES[code as keyof typeof CODES] : undefined; // as: it is one of its keys
  const title = known?.title ?? OWN_TITLES[code] ?? OWN_TITLES['failed'];
  return { type: `urn:ping-system:problem:${code}`, title, ...(known === undefined ? {} : { status: known.status }), code, detail, ...more };
}

/** The command was understood, and refused or failed: exit code 1. `message` is one line; `problem` is what `--json` writes instead. */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly problem: Problem;
  constructor(message: string, { code = 'failed', detail = message, ...more }: Problem & { readonly code?: string; readonly detail?: string } = {}) {
    super(message);
    this.problem = problemOf(code, detail, more);
  }
}

/** The command was not understood: exit code 2. */
export class Usage extends Error {
  override readonly name = 'Usage';
}

/** What an error says, on one line. */
export function oneLine(error: unknown): string {
  const text = error instanceof Error ? error.message || error.name : String(error);
  return text.replace(/\s*\n\s*/g, ' ').trim();
}
