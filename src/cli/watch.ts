import type { Command } from 'commander';
import { eventLines } from './event-lines.ts';
import { live } from './live.ts';
import { say, sayJson, when } from './output.ts';
import { type Cli, type JsonOption, server, verb, wholeFrom } from './verb.ts';

interface WatchOptions extends JsonOption {
  readonly after?: number;
}

/** `watch`: the audit trail as it grows, until Ctrl-C. */
export function watchCommand(program: Command, cli: Cli): void {
  verb(program, 'watch', 'live events, until Ctrl-C; with --json one event per line', ['watch', 'watch --after 0', 'watch --json'])
    .option('--after <id>', 'begin after this event (0: from the very first) instead of now', wholeFrom(0))
    .action((options: WatchOptions) => watch(cli, options));
}

async function watch(cli: Cli, options: WatchOptions): Promise<void> {
  const rest = await server(cli);
  await rest.call('GET', '/events?limit=1'); // whether there is a server that takes our token is said now, and in words
  const stop = new AbortController();
  const end = (): void => stop.abort();
  process.once('SIGINT', end).once('SIGTERM', end);
  const lineOf = eventLines(rest, (event) => when(event.at));
  if (!options.json) process.stderr.write(`Watching ${rest.base}; Ctrl-C ends it.\n`);
  try {
    const lost = (): void => void process.stderr.write('The connection was lost; trying again.\n');
    for await (const event of live(rest, options.after, stop.signal, lost)) {
      if (options.json) sayJson(event);
      else say(await lineOf(event));
    }
  } finally {
    process.off('SIGINT', end).off('SIGTERM', end);
  }
}
