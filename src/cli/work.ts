import { type Command, InvalidArgumentError } from 'commander';
import type { Ack, Complete, Fail, Snooze } from '#schemas/messages.ts';
import type { WorkDone } from '#schemas/resources.ts';
import { agentOf } from './agents.ts';
import { say, sayJson, when } from './output.ts';
import type { Given } from './rest.ts';
import { type Cli, type JsonOption, moment, positive, server, taskId, verb } from './verb.ts';

interface WorkOptions extends JsonOption {
  readonly agent: string;
  readonly task?: number;
  readonly messageId?: string;
  readonly note?: string;
}

/** `ack|snooze|complete|fail --agent NAME [--task ID]`: an agent's own words, spoken for it over REST. */
export function workCommands(program: Command, cli: Cli): void {
  work(program, 'ack', 'say for an agent: I have it and work on it', ['ack --agent alice', 'ack --agent alice --task 1 --progress 0.5'])
    .option('--note <text>', 'kept with the event')
    .option('--progress <0-1>', 'how far it is', progress)
    .option('--busy-until <time>', 'no reminders before then (ISO 8601)', moment)
    .action((o: WorkOptions & { progress?: number; busyUntil?: string }) => {
      const body: Given<Ack> = { note: o.note, progress: o.progress, busy_until: o.busyUntil };
      return speak(cli, 'acknowledge', o, body);
    });
  work(program, 'snooze', 'say for an agent: not now, ask again later', [
    'snooze --agent alice --minutes 15',
    'snooze --agent alice --task 1 --reason "waiting for CI"',
  ])
    .option('--minutes <minutes>', 'how long; 30 unless said', positive)
    .option('--reason <text>', 'why')
    .action((o: WorkOptions & { minutes?: number; reason?: string }) => {
      const body: Given<Snooze> = { minutes: o.minutes, reason: o.reason };
      return speak(cli, 'snooze', o, body);
    });
  work(program, 'complete', 'say for an agent: it is done', [
    'complete --agent alice --task 1',
    `complete --agent alice --result '{"url":"https://example.com/report"}'`,
  ])
    .option('--result <json>', 'any JSON; what is not JSON is kept as text')
    .option('--note <text>', 'kept with the event')
    .action((o: WorkOptions & { result?: string }) => {
      const body: Given<Complete> = { result: o.result === undefined ? undefined : jsonOrText(o.result), note: o.note };
      return speak(cli, 'complete', o, body);
    });
  work(program, 'fail', 'say for an agent: I cannot do it, somebody else must', ['fail --agent alice --task 1 --reason "no access"'])
    .option('--reason <text>', 'why')
    .action((o: WorkOptions & { reason?: string }) => {
      const body: Given<Fail> = { reason: o.reason };
      return speak(cli, 'fail', o, body);
    });
}

function work(program: Command, name: string, about: string, examples: readonly string[]): Command {
  return verb(program, name, about, examples)
    .requiredOption('--agent <name>', 'who says it')
    .option('--task <id>', 'about which task; needed only if it holds several', taskId)
    .option('--message-id <id>', 'say the same thing twice with one id, and it counts once');
}

async function speak(cli: Cli, verbOfRest: 'acknowledge' | 'snooze' | 'complete' | 'fail', options: WorkOptions, body: object): Promise<void> {
  const rest = await server(cli);
  const agent = await agentOf(rest, options.agent);
  const said = { ...body, task_id: options.task, message_id: options.messageId };
  const done = await rest.call<WorkDone>('POST', `/agents/${agent.id}/${verbOfRest}`, said);
  if (options.json) sayJson(done);
  else say(`${done.message}${nextOf(done.assignment)}.`);
}

/** What its agent has to expect. */
function nextOf(assignment: WorkDone['assignment']): string {
  if (assignment?.snooze_until) return `; asked again at ${when(assignment.snooze_until)}`;
  return assignment?.respond_by ? `; next answer due by ${when(assignment.respond_by)}` : '';
}

function progress(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && value <= 1)) throw new InvalidArgumentError('It must be a number from 0 to 1.');
  return value;
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
