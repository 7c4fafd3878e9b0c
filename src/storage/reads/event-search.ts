import type { Event } from '#schemas/resources.ts';
import { numberIn, says } from '#schemas/search.ts';
import { COLUMNS } from '#storage/columns.ts';
import { and, type Conditions } from '#storage/conditions.ts';
import { decode } from '#storage/select.ts';
import { type Dialect, dialectOf, type Em, run } from '#storage/statement.ts';
import type { EventFilter } from './reads.ts';
import { eventView, type ShownRow } from './views.ts';

/** What is looked for in the text of events. */
export interface EventSearch {
  /** As `wordsOf` gives them: each has to be found. */
  readonly words: readonly string[];
  /** The event as whoever asks sees it: what is hidden from them is not searched. */
  readonly seenAs: (event: Event) => Event;
}

/**
 * The first events, `rest.wanted` at most, that meet `conditions` and say what is searched for, in the order of `rest.suffix`. The database sorts out what cannot fit
 * (0.5 µs for an event on SQLite), `says` judges the rest on what the caller sees (3 µs): so the same is found on both databases, in any script and
 * case, and nothing of what is hidden.
 */
export async function eventsSaying(
  em: Em,
  conditions: Conditions,
  { words, seenAs }: EventSearch,
  owner: EventFilter['owner_id'],
  rest: { readonly wanted: number; readonly suffix: string },
): Promise<Event[]> {
  const dialect = dialectOf(em);
  const known = namesFor(owner);
  const c = words.reduce((all, word) => withWord(all, word, dialect), conditions);
  const found: Event[] = [];
  for (const row of await run(em, `${HEAD} ${known.join} where ${c.where} ${rest.suffix}`, [...known.params, ...c.params])) {
    const names = { agent: textOrNull(row['agent_name']), task: textOrNull(row['task_name']) };
    if (dialect === 'sqlite') decode('event', row);
    const event = eventView(row as unknown as ShownRow); // as: these are its columns, decoded, and the two names
    if (says(seenAs(event), names, words)) found.push(event);
    if (found.length === rest.wanted) break;
  }
  return found;
}

const textOrNull = (value: unknown): string | null => (typeof value === 'string' ? value : null);

const SHOWN = COLUMNS.event.filter(({ name }) => name !== 'reply' && name !== 'message_key');
const HEAD = `select ${SHOWN.map(({ name }) => `"${name}"`).join(', ')}, agent_name, task_name from event`;

/** The names that may be known: to an agent that sees its own events alone, its own and those of the tasks it holds or has held. */
function namesFor(owner: number | null): { readonly join: string; readonly params: readonly number[] } {
  const agents = `left join (select id as named_agent, name as agent_name from agent) as a on named_agent = agent_id`;
  const tasks = `left join (select id as named_task, name as task_name from task) as t on named_task = task_id`;
  if (owner === null) return { join: `${agents} ${tasks}`, params: [] };
  return {
    join: `${agents} and agent_id = ? ${tasks} and task_id in (select held.task_id from assignment as held where held.agent_id = ?)`,
    params: [owner, owner],
  };
}

function withWord(to: Conditions, word: string, dialect: Dialect): Conditions {
  const number = numberIn(word);
  const pattern = likenessOf(number ?? word);
  const like = dialect === 'sqlite' ? 'like' : 'ilike';
  const texts = SEARCHED.map((column) => `${column} ${like} ? escape '\\'`);
  const patterns = SEARCHED.map(() => pattern);
  if (number === null) return and(to, `(${texts.join(' or ')})`, ...patterns);
  return and(to, `(${texts.join(' or ')} or ? in (task_id, agent_id, assignment_id))`, ...patterns, Number(number));
}
const SEARCHED = ['cast(data as text)', 'kind', 'actor', 'token_id', 'agent_name', 'task_name'];

/**
 * A pattern that fits wherever the word may be. Whatever is not plain ASCII stands for anything: the databases know small and capital letters of ASCII
 * alone, whatever their locale, and `data` is JSON, in which some characters are written otherwise.
 */
const likenessOf = (word: string): string =>
  `%${word
    .replace(/[^ !#-[\]-~]+/g, '\0')
    .replace(/[%_]/g, '\\$&')
    .replaceAll('\0', '%')}%`;
