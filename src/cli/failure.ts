/** The command was understood, and refused or failed: exit code 1. `message` is one line; `problem` is what `--json` writes instead. */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly problem: Readonly<Record<string, unknown>>;
  constructor(message: string, problem: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.problem = { code: 'failed', detail: message, ...problem };
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
