import type { Command } from 'commander';
import type { Event } from '#schemas/resources.ts';
import { say, sayJson, when } from './output.ts';
import { colourOf, painter } from './paint.ts';
import { Storyteller } from './story.ts';
import { type Cli, server, taskId, verb, wholeFrom } from './verb.ts';

interface EventsOptions {
  readonly json?: boolean;
  readonly task?: number;
  readonly agent?: string;
  readonly kind?: string;
  readonly limit?: number;
}

const LIMIT = 50;
const PAGE = 200;

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
  const items = await newest(rest, options, options.limit ?? LIMIT);
  if (options.json) return void sayJson({ items, next_cursor: null });
  if (items.length === 0) return void say('No event matches.');
  const story = new Storyteller(rest);
  const paint = painter(process.stdout);
  for (const event of items) {
    const { who, what } = await story.tell(event);
    say(`${when(event.at)}  ${who.padEnd(12)}  ${paint(what, colourOf(event.kind))}`);
  }
}

async function newest(rest: Awaited<ReturnType<typeof server>>, { task, agent, kind }: EventsOptions, limit: number): Promise<Event[]> {
  const query = new URLSearchParams({ order: 'desc' });
  for (const [name, value] of Object.entries({ task, agent, kind })) if (value !== undefined) query.set(name, String(value));
  const items: Event[] = [];
  for (let cursor: string | null = ''; cursor !== null && items.length < limit; ) {
    query.set('limit', String(Math.min(PAGE, limit - items.length)));
    if (cursor !== '') query.set('cursor', cursor);
    const page: { items: Event[]; next_cursor: string | null } = await rest.call('GET', `/events?${query}`);
    items.push(...page.items);
    cursor = page.next_cursor;
  }
  return items.reverse();
}
