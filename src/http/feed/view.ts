import type { Principal } from '#domain/principal.ts';
import { eventFor, judge, ownRowsOf } from '#http/auth/access.ts';
import type { FeedEvent } from '#schemas/live.ts';
import type { Event } from '#schemas/resources.ts';
import type { Mentioned } from '#storage/reads/feed.ts';

/** What of the event log each principal sees: what its GETs would show it, and nothing else (contract §4). Pure. */

/** Principals with the same view get the same messages: what is made for one is made for all of them. */
export function viewOf(principal: Principal): string {
  if (principal.kind !== 'agent') return principal.kind;
  return principal.type === 'main_agent' ? 'main_agent' : `agent ${principal.id}`;
}

/** The agent whose tasks have to be known to tell what this principal sees; null: it sees them all. */
export const narrowedTo = (principal: Principal): number | null => ownRowsOf(principal, 'list_events');

const NOTHING: ReadonlySet<number> = new Set();

/** An event with what it speaks of; its message is made once for each different view of it. */
export class Story {
  readonly event: Event;
  readonly #mentioned: Mentioned;
  readonly #messages = new Map<string, Buffer>();

  constructor(event: Event, mentioned: Mentioned) {
    this.event = event;
    this.#mentioned = mentioned;
  }

  /** The message for this principal, or null where it may not see the event. `held`: the tasks it holds or has held, of those spoken of. */
  messageFor(principal: Principal, held: ReadonlySet<number> = NOTHING): Buffer | null {
    const { agent_id, task_id, assignment_id } = this.event;
    const own = narrowedTo(principal);
    const ownsTask = task_id !== null && held.has(task_id);
    if (own !== null && agent_id !== own && !ownsTask) return null;
    const { agents, tasks, assignments } = this.#mentioned;
    const isThere = task_id !== null && tasks.has(task_id); // its assignments read 404 with it
    const seesTask = isThere && judge(principal, 'read_task', { id: task_id, ownsTask }) === 'granted';
    const seesAgent = judge(principal, 'read_agent', { id: agent_id, ownsTask }) === 'granted';
    const event = eventFor(principal, this.event);
    const key = `${event === this.event} ${seesTask} ${seesAgent}`;
    const known = this.#messages.get(key);
    if (known !== undefined) return known;
    const message: FeedEvent = {
      type: 'event',
      event,
      ...shown('agent', seesAgent, agents, agent_id),
      ...shown('task', seesTask, tasks, task_id),
      ...shown('assignment', seesTask, assignments, assignment_id),
    };
    const bytes = Buffer.from(JSON.stringify(message));
    this.#messages.set(key, bytes);
    return bytes;
  }
}

function shown<K extends string, T>(name: K, isSeen: boolean, known: ReadonlyMap<number, T>, id: number | null): { [N in K]?: T } {
  const found = isSeen && id !== null ? known.get(id) : undefined;
  return found === undefined ? {} : ({ [name]: found } as { [N in K]?: T }); // as: a computed key is widened to string
}
