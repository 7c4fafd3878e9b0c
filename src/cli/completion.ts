import { Argument, type Command, type Option } from 'commander';
import { Usage } from './failure.ts';
import { say, sayJson } from './output.ts';
import { type JsonOption, verb } from './verb.ts';

/** `completion bash|zsh|fish`: a script made of the very commands there are, so that it never knows others. */

const SHELLS = ['bash', 'zsh', 'fish'] as const;
const NAME = 'ping-system';

/** Flags of the configuration that every verb takes (flags.ts); `serve --help` names all. */
const EVERYWHERE: readonly Word[] = [
  { word: '--http-host', about: 'the server’s address', values: [] },
  { word: '--http-port', about: 'the server’s port', values: [] },
  { word: '--api-auth-token', about: 'the admin token', values: [] },
  { word: '--data-dir', about: 'where the server keeps its data', values: [] },
];

export function completionCommand(program: Command): void {
  verb(program, 'completion', 'a script that completes commands and options in your shell', [
    'completion bash > ~/.local/share/bash-completion/completions/ping-system',
    'completion zsh > ~/.zfunc/_ping-system',
    'completion fish > ~/.config/fish/completions/ping-system.fish',
  ])
    .addArgument(new Argument('<shell>', SHELLS.join(', ')))
    .action((shell: string, options: JsonOption) => {
      const write = WRITERS[shell];
      if (write === undefined) throw new Usage(`there is no completion for ${JSON.stringify(shell)}: ${SHELLS.join(', ')} are there`);
      const script = write(placesOf(program));
      if (options.json) sayJson({ shell, script });
      else say(script);
    });
}

interface Word {
  readonly word: string;
  readonly about: string;
  /** What may stand behind it. */
  readonly values: readonly string[];
}
/** A command as far as it is written, and what may come next. */
interface Place {
  /** `''` for the program itself, `task list` for the verb of a group. */
  readonly path: string;
  readonly commands: readonly Word[];
  readonly options: readonly Word[];
}

function placesOf(command: Command, path = ''): Place[] {
  const below = command.commands.filter((sub) => sub.name() !== 'help');
  const commands = below.map((sub) => ({ word: sub.name(), about: sub.description(), values: [] }));
  const args = command.registeredArguments.flatMap((argument) => (argument.name() === 'shell' ? SHELLS.map((word) => ({ word, about: '', values: [] })) : []));
  const options = command.options.flatMap(wordsOf);
  const help = { word: '--help', about: 'how it is used', values: [] };
  const place = { path, commands: [...commands, ...args], options: [...options, help, ...(below.length === 0 ? EVERYWHERE : [])] };
  return [place, ...below.flatMap((sub) => placesOf(sub, `${path} ${sub.name()}`.trim()))];
}

const wordsOf = ({ long, short, description, argChoices }: Option): Word[] =>
  [long, short].flatMap((word) => (word === undefined || word === null ? [] : [{ word, about: description, values: argChoices ?? [] }]));

const WRITERS: Readonly<Record<string, (places: readonly Place[]) => string>> = { bash: bashScript, zsh: zshScript, fish: fishScript };

/** In single quotes, in which sh knows no escapes. */
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
const spaced = (words: readonly Word[]): string => words.map(({ word }) => word).join(' ');
const pathsOf = (places: readonly Place[]): string =>
  places
    .filter(({ path }) => path !== '')
    .map(({ path }) => quoted(path))
    .join('|');
const withValues = (places: readonly Place[]): { path: string; option: Word }[] =>
  places.flatMap(({ path, options }) => options.filter(({ values }) => values.length > 0).map((option) => ({ path, option })));

function bashScript(places: readonly Place[]): string {
  const values = withValues(places).map(({ path, option }) => `    ${quoted(`${path} ${option.word}`)}) words=${quoted(option.values.join(' '))} ;;`);
  const words = places.map(({ path, commands, options }) => `      ${quoted(path)}) words=${quoted(`${spaced(commands)} ${spaced(options)}`.trim())} ;;`);
  return `# bash completion for ${NAME}
_ping_system() {
  local path='' word words='' i
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="\${path:+$path }\${COMP_WORDS[i]}"
    case "$word" in ${pathsOf(places)}) path="$word" ;; esac
  done
  case "$path \${COMP_WORDS[COMP_CWORD - 1]}" in
${values.join('\n')}
  *)
    case "$path" in
${words.join('\n')}
    esac ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -F _ping_system ${NAME}`;
}

/** `_describe` reads `word:about`. */
const described = (words: readonly Word[]): string => words.map(({ word, about }) => quoted(`${word.replaceAll(':', '\\:')}:${about}`)).join(' ');

function zshScript(places: readonly Place[]): string {
  const values = withValues(places).map(
    ({ path, option }) => `    ${quoted(`${path} ${option.word}`)}) compadd -- ${option.values.map(quoted).join(' ')}; return ;;`,
  );
  const words = places.map(
    ({ path, commands, options }) => `    ${quoted(path)})\n      names=(${described(commands)})\n      flags=(${described(options)}) ;;`,
  );
  return `#compdef ${NAME}
_ping_system() {
  local place='' word i
  local -a names flags
  for ((i = 2; i < CURRENT; i++)); do
    word="\${place:+$place }\${words[i]}"
    case "$word" in ${pathsOf(places)}) place="$word" ;; esac
  done
  case "$place \${words[CURRENT - 1]}" in
${values.join('\n')}
  esac
  case "$place" in
${words.join('\n')}
  esac
  (( \${#names} )) && _describe 'command' names
  _describe -o 'option' flags
}
compdef _ping_system ${NAME}`;
}

/** fish knows `\'` and `\\` within single quotes. */
const fishQuoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

function fishScript(places: readonly Place[]): string {
  const at = (path: string): string => `-n "test (__ping_system_place) = ${fishQuoted(path)}"`;
  const lines = places.flatMap(({ path, commands, options }) => [
    ...commands.map(({ word, about }) => `complete -c ${NAME} ${at(path)} -a ${word} -d ${fishQuoted(about)}`),
    ...options.map(({ word, about, values }) => {
      const flag = word.startsWith('--') ? `-l ${word.slice(2)}` : `-s ${word.slice(1)}`;
      return `complete -c ${NAME} ${at(path)} ${flag}${values.length > 0 ? ` -xa ${fishQuoted(values.join(' '))}` : ''} -d ${fishQuoted(about)}`;
    }),
  ]);
  return `# fish completion for ${NAME}
function __ping_system_place
  set -l place ''
  for word in (commandline -opc)[2..-1]
    set -l longer (string trim "$place $word")
    contains -- "$longer" ${places
      .filter(({ path }) => path !== '')
      .map(({ path }) => fishQuoted(path))
      .join(' ')}; and set place $longer
  end
  echo "$place"
end
complete -c ${NAME} -f
${lines.join('\n')}`;
}
