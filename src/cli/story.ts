import type { Agent, Event, Task } from '#schemas/resources.ts';
import { ATTENTION_WORDS } from '#schemas/vocabulary.ts';
import { clip, printable } from './output.ts';
import type { Rest } from './rest.ts';

/** Tells events in words, with the names of agents and tasks, which it looks up when a new one appears. */
export class Storyteller {
  readonly #rest: Rest;
  readonly #agents = new Map<number, string>();
  readonly #tasks = new Map<number, string>();

  constructor(rest: Rest) {
    this.#rest = rest;
  }

  async tell(event: Event): Promise<{ who: string; what: string }> {
    const agent = await this.#agent(event);
    const task = await this.#task(event);
    return { who: agent ?? event.actor, what: inWords(event.kind, event.data, task) };
  }

  async #agent({ agent_id, data }: Event): Promise<string | null> {
    if (agent_id === null) return null;
    if (typeof data['name'] === 'string') this.#agents.set(agent_id, data['name']);
    if (!this.#agents.has(agent_id)) this.#agents.set(agent_id, await this.#name<Agent>(`/agents/${agent_id}`, `agent ${agent_id}`));
    return this.#agents.get(agent_id) ?? null;
  }

  async #task({ task_id, kind, data }: Event): Promise<string> {
    if (task_id === null) return '';
    if (kind === 'task.created' && typeof data['name'] === 'string') this.#tasks.set(task_id, data['name']);
    if (!this.#tasks.has(task_id)) this.#tasks.set(task_id, await this.#name<Task>(`/tasks/${task_id}`, 'deleted'));
    return `#${task_id} ${clip(this.#tasks.get(task_id) ?? '', 40)}`;
  }

  /** A deleted task reads 404, and its history is still told. */
  #name<T extends { name: string }>(path: string, otherwise: string): Promise<string> {
    return this.#rest.call<T>('GET', path).then(
      ({ name }) => name,
      () => otherwise,
    );
  }
}

type Wording = (task: string, data: Readonly<Record<string, unknown>>) => string;

const because = (reason: unknown): string => (typeof reason === 'string' && reason !== '' ? `: ${clip(reason, 60)}` : '');
const text = (value: unknown): string => (typeof value === 'string' ? clip(value, 60) : String(value ?? '–'));
/** As the wire brings it: a reason that is not known yet is told as it is. */
const needed = (reason: unknown): unknown => (ATTENTION_WORDS as Readonly<Record<string, string>>)[String(reason)] ?? reason; // as: see above
const clockOf = (time: unknown): string => (typeof time === 'string' ? time.slice(11, 19) : '–');

const FAILED: Readonly<Record<string, string>> = {
  reported: 'fails',
  timeout: 'gave no answer in time about',
  stale: 'is gone, and loses',
  reassigned: 'hands over',
  cancelled: 'may stop:',
  deactivated: 'is deactivated, and loses',
};

/** By kind; a kind that is not here is told by its name and data. */
const WORDS: Readonly<Record<string, Wording>> = {
  'agent.registered': (_, d) => `registered (${d['type'] === 'main_agent' ? 'main agent' : 'sub-agent'})`,
  'agent.deactivated': () => 'deactivated',
  'agent.token_renewed': () => 'has a new token',
  'agent.online': () => 'online',
  'agent.stale': () => 'heartbeat is stale: offline',
  'agent.mass_stale': (_, d) => `${text(d['shaky'])} of ${text(d['of'])} agents fell silent at once`,
  'task.created': (t) => `new task ${t}`,
  'task.waiting': (t) => `${t} waits for a free agent`,
  'task.freed': (t, d) => `${t} is no longer blocked by #${text(d['blocker'])}`,
  'task.deadline_passed': (t) => `the deadline of ${t} has passed`,
  'task.attention_needed': (t, d) =>
    `a person is needed for ${t}${because(needed(d['reason']))}${typeof d['holder'] === 'string' ? ` (${clip(d['holder'])})` : ''}`,
  'task.attention_cleared': (t) => `${t} needs no attention any more`,
  'task.resolved': (t) => `resolved ${t}`,
  'task.commented': (t) => `comment on ${t}`,
  'task.deleted': (t) => `deleted ${t}`,
  'task.updated': (t) => `changed ${t}`,
  'task.phase_added': (t, d) => `phase "${text(d['name'])}" added to ${t}`,
  'task.phase_updated': (t) => `a phase of ${t} changed`,
  'task.phase_completed': (t, d) => `phase "${text(d['name'])}" of ${t} is complete`,
  'task.phase_reopened': (t, d) => `phase "${text(d['name'])}" of ${t} is open again`,
  'task.phase_removed': (t, d) => `phase "${text(d['name'])}" removed from ${t}`,
  'task.todo_added': (t, d) => `todo "${text(d['title'])}" added to ${t}`,
  'task.todo_updated': (t) => `a todo of ${t} changed`,
  'task.todo_done': (t, d) => `done: "${text(d['title'])}" of ${t}`,
  'task.todo_reopened': (t, d) => `to do again: "${text(d['title'])}" of ${t}`,
  'task.todo_removed': (t, d) => `todo "${text(d['title'])}" removed from ${t}`,
  'assignment.assigned': (t, d) => `gets ${t}${d['kind'] === 'escalated' ? ' (escalated)' : ''}`,
  'assignment.pinged': (t, d) => `pinged about ${t} (${text(d['kind'])}${Number(d['attempt']) > 1 ? `, attempt ${text(d['attempt'])}` : ''})`,
  'assignment.acknowledged': (t, d) => `acknowledges ${t}${because(d['note'])}`,
  'assignment.snoozed': (t, d) => `snoozes ${t} until ${clockOf(d['snooze_until'])}${because(d['reason'])}`,
  'assignment.snooze_over': (t) => `snooze is over: ${t}`,
  'assignment.completed': (t, d) => `completes ${t}${because(d['note'])}`,
  'assignment.failed': (t, d) => `${FAILED[String(d['reason'])] ?? 'fails'} ${t}${because(d['note'])}`,
  'assignment.escalated': (t, d) =>
    d['to'] === null ? `nobody to escalate ${t} to${because(d['why'])}` : `${t} escalates from ${text(d['from'])} (${text(d['reason'])}) to ${text(d['to'])}`,
  'assignment.renewed': (t) => `keeps ${t}: pinging goes on`,
  'message.refused': (_, d) => `refused${because(d['code'])}${because(d['detail'])}`,
};

/** What happens, without who it happens to. */
export function inWords(kind: string, data: Readonly<Record<string, unknown>>, task = 'it'): string {
  const words = WORDS[kind];
  if (words !== undefined) return printable(words(task, data));
  const more = Object.keys(data).length === 0 ? '' : ` ${clip(JSON.stringify(data), 100)}`;
  return printable(`${kind} ${task}${more}`);
}
