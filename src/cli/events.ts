import type { Command } from 'commander';
import type { Event } from '#schemas/resources.ts';
import { eventLines } from './event-lines.ts';
import { say, sayJson, when } from './output.ts';
import { type Cli, type JsonOption, server, taskId, verb, wholeFrom } from './verb.ts';

interface EventsOptions extends JsonOption {
  readonly task?: number;
  readonly agent?: string;
  readonly kind?: string;
  readonly limit?: number;
}

const LIMIT = 50;

/** `events`: the newest of the audit trail, oldest of them first, as `watch` tells them. */
export function eventsCommand(program: Command, cli: Cli): void {
  verb(program, 'events', 'what has happened, newest last', [
    'events',
    'events --task 1',
    "events --kind 'assignment.*' --agent alice --limit 200",
    'events --kind message.refused --json',
  ])
    .option('--task <id>', 'of this task, also of one that is deleted', taskId)
    .option('--agent <name>', 'of this agent')
    .option('--kind <kinds>', "e.g. task.created, 'assignment.*', or several with commas")
    .option('--limit <number>', `so many at most [${LIMIT}]`, wholeFrom(1))
    .action((options: EventsOptions) => events(cli, options));
}

async function events(cli: Cli, options: EventsOptions): Promise<void> {
  const rest = await server(cli);
  const { task, agent, kind, limit = LIMIT } = options;
  const items = (await rest.all<Event>('/events', { order: 'desc', task, agent, kind }, limit)).reverse();
  if (options.json) return void sayJson({ items, next_cursor: null });
  if (items.length === 0) return void say('No event matches.');
  const lineOf = eventLines(rest, (event) => when(event.at));
  for (const event of items) say(await lineOf(event));
}
