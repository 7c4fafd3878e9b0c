import { FLAG_NAMES, SWITCHES, VARIABLES } from '#src/variables.ts';
import { Usage } from './failure.ts';

export type Flags = Readonly<Record<string, string>>;

/** `--http-port`, `--HTTP_PORT` and `--http_port` are HTTP_PORT; anything else is none of ours. */
function variableOf(flag: string): string | undefined {
  const name = flag.slice(2).replaceAll('-', '_').toUpperCase();
  return flag.startsWith('--') && FLAG_NAMES.includes(name) ? name : undefined;
}

/**
 * Takes the configuration's flags (`--http-port 0`, `--HTTP_PORT=0`) out of the arguments, wherever they stand before a `--`; the verbs see the rest.
 * Throws Usage where a value is missing.
 */
export function takeFlags(argv: readonly string[]): { flags: Flags; rest: string[] } {
  const flags: Record<string, string> = {};
  const rest: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    const argument = argv[i] ?? '';
    if (argument === '--') return { flags, rest: [...rest, ...argv.slice(i)] };
    const equals = argument.indexOf('=');
    const name = variableOf(equals === -1 ? argument : argument.slice(0, equals));
    if (name === undefined) rest.push(argument);
    else if (equals !== -1) flags[name] = argument.slice(equals + 1);
    else if (SWITCHES.includes(name) && !/^(true|false|yes|no|on|off|0|1)$/i.test(argv[i + 1] ?? '')) flags[name] = 'true';
    else if (i + 1 < argv.length) flags[name] = argv[++i] ?? '';
    else throw new Usage(`${argument} needs a value: ${argument} ${argument.includes('port') ? '8000' : 'VALUE'}`);
  }
  return { flags, rest };
}

/** For `serve --help`: every flag with its default. */
export function flagsHelp(): string {
  const rows = Object.entries(VARIABLES).map(([name, variable]) => {
    const standard = variable.default === null ? '' : `[${String(variable.default)}]`;
    return `  --${name.toLowerCase().replaceAll('_', '-').padEnd(32)} ${variable.about} ${standard}`.trimEnd();
  });
  return `\nConfiguration (also as environment variables or in .env, e.g. HTTP_PORT=8000; a flag wins over the environment, that over .env):\n${rows.join('\n')}\n`;
}
