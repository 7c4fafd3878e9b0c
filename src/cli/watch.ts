import type { Command } from 'commander';
import { live } from './live.ts';
import { say, sayJson, when } from './output.ts';
import { colourOf, painter } from './paint.ts';
import { Storyteller } from './story.ts';
import { type Cli, server, verb, wholeFrom } from './verb.ts';

interface WatchOptions {
  readonly json?: boolean;
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
  const story = new Storyteller(rest);
  const paint = painter(process.stdout);
  if (!options.json) process.stderr.write(`Watching ${rest.base}; Ctrl-C ends it.\n`);
  try {
    const lost = (): void => void process.stderr.write('The connection was lost; trying again.\n');
    for await (const event of live(rest, options.after, stop.signal, lost)) {
      if (options.json) sayJson(event);
      else {
        const { who, what } = await story.tell(event);
        say(`${when(event.at)}  ${who.padEnd(12)}  ${paint(what, colourOf(event.kind))}`);
      }
    }
  } finally {
    process.off('SIGINT', end).off('SIGTERM', end);
  }
}
