import { Command, CommanderError } from 'commander';
import { version } from '#src/version.ts';
import { agentCommands } from './agents.ts';
import { completionCommand } from './completion.ts';
import { demoCommand } from './demo.ts';
import { eventsCommand } from './events.ts';
import { Failure, oneLine, problemOf, Usage } from './failure.ts';
import { takeFlags } from './flags.ts';
import { migrateCommands } from './migrate.ts';
import { serveCommand, startFailure } from './serve.ts';
import { taskCommands } from './tasks.ts';
import type { Cli } from './verb.ts';
import { watchCommand } from './watch.ts';
import { workCommands } from './work.ts';

const EXIT = { done: 0, refused: 1, usage: 2 } as const;

/** Runs one command line (without node and script). Answers with the exit code: 0 done, 1 refused or failed, 2 usage. */
export async function run(argv: readonly string[]): Promise<number> {
  leaveWhenNobodyReads();
  const json = argv.includes('--json');
  try {
    const { flags, rest } = takeFlags(argv);
    await build({ flags }).parseAsync(withVerb(rest), { from: 'user' });
    return EXIT.done;
  } catch (error) {
    return explain(error, json);
  }
}

/** Without a verb it is `serve`; `--help` and `--version` are the program's own. */
function withVerb(rest: readonly string[]): string[] {
  const [first, second] = rest;
  if (first === '--json' && second !== undefined && !second.startsWith('-')) return [...rest.slice(1), first];
  if (first === undefined || (first.startsWith('-') && !['-h', '--help', '-V', '--version'].includes(first))) return ['serve', ...rest];
  return [...rest];
}

const HELP = `
Examples:
  $ ping-system                       run the coordinator (serve)
  $ ping-system demo                  a live fleet, for half a minute
  $ ping-system agent add alice
  $ ping-system task add "Write the report" --agent alice
  $ ping-system watch

Every command has --help, and --json for machines. Exit codes: 0 done, 1 refused or failed, 2 usage.`;

function build(cli: Cli): Command {
  const program = new Command('ping-system')
    .description('Pings agents over MQTT until they answer, and escalates when they do not.')
    .version(version())
    .usage('[command] [options]')
    .exitOverride()
    .configureOutput({ outputError: () => {} })
    .addHelpText('after', HELP);
  serveCommand(program, cli);
  demoCommand(program, cli);
  agentCommands(program, cli);
  taskCommands(program, cli);
  workCommands(program, cli);
  watchCommand(program, cli);
  eventsCommand(program, cli);
  migrateCommands(program, cli);
  completionCommand(program);
  return program;
}

function explain(error: unknown, json: boolean): number {
  if (error instanceof CommanderError && error.exitCode === 0) return EXIT.done;
  const isUsage = error instanceof Usage || error instanceof CommanderError;
  const line = isUsage ? usageLine(error) : startFailure(error);
  const problem = error instanceof Failure ? error.problem : problemOf(isUsage ? 'usage' : 'failed', line);
  process.stderr.write(`${json ? JSON.stringify(problem) : `ping-system: ${line}`}\n`);
  return isUsage ? EXIT.usage : EXIT.refused;
}

/** Commander's words on one line. `(outputHelp)` is what it says after having shown the help of a group without a verb. */
function usageLine(error: Error): string {
  if (error.message === '(outputHelp)') return 'a command is missing; those there are stand above';
  return `${oneLine(error)
    .replace(/^error: /, '')
    .replace(/[.]$/, '')} — ping-system --help shows what there is`;
}

/** `ping-system watch | head`: the reader has gone, and that is no error. */
function leaveWhenNobodyReads(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(EXIT.done);
    throw error;
  });
}
