import type { Coordinator } from '#coordinator/port.ts';
import type { Principal } from '#domain/principal.ts';
import { ownRowsOf } from '#http/auth/access.ts';
import type { HttpDeps } from '#http/deps.ts';
import type { Agent, Assignment, Task } from '#schemas/resources.ts';
import { DEFAULT_WINDOW } from '#schemas/stats.ts';
import type { Clock } from '#src/clock.ts';
import { viewOf } from './view.ts';

const MAX_AGENTS = 5_000;
const MAX_TASKS = 5_000;
/** Of the agents, tasks and assignments together, as JSON. */
const MAX_BYTES = 3 * 1024 * 1024;
/** When many come at once, those of the same view may be told a state so old, so that a thousand that reconnect cost a few reads. Events bring it up to date. */
const SHARED_MS = 1_000;

interface State {
  /** Every event up to this one is contained. */
  readonly last: number;
  /** The snapshot's fields from `agents` on, as JSON. */
  readonly rest: string;
}

type SnapshotDeps = Pick<HttpDeps, 'reads' | 'figures'> & {
  readonly coordinator: Pick<Coordinator, 'now'>;
  readonly clock: Pick<Clock, 'monotonic'>;
};

/** The first message of the feed: the state as this principal's GETs show it. */
export class Snapshots {
  readonly #deps: SnapshotDeps;
  readonly #shared = new Map<string, { readonly at: number; readonly state: Promise<State> }>();

  constructor(deps: SnapshotDeps) {
    this.#deps = deps;
  }

  /** `resumeFrom`: the event after which the reader goes on; null: after the state that the snapshot shows. `isCrowd`: many ask at once. */
  async take(principal: Principal, resumeFrom: number | null, isCrowd: boolean): Promise<{ message: Buffer; last: number }> {
    const { last, rest } = await this.#state(principal, isCrowd);
    const from = resumeFrom ?? last;
    return { last: from, message: Buffer.from(`{"type":"snapshot","last_event_id":${from},"resumed":${resumeFrom !== null},${rest}}`) };
  }

  #state(principal: Principal, isCrowd: boolean): Promise<State> {
    const now = this.#deps.clock.monotonic();
    for (const [view, { at }] of this.#shared) if (now - at >= SHARED_MS) this.#shared.delete(view);
    const view = viewOf(principal);
    const known = isCrowd ? this.#shared.get(view) : undefined;
    if (known !== undefined) return known.state;
    const state = this.#read(principal);
    this.#shared.set(view, { at: now, state });
    state.catch(() => this.#shared.delete(view));
    return state;
  }

  async #read(principal: Principal): Promise<State> {
    const { reads, figures, coordinator } = this.#deps;
    const { last } = await reads.eventRange(); // before the state: what comes in between is told twice, never left out
    const agents = await reads.agents({ is_active: true, only: ownRowsOf(principal, 'list_agents') }, { limit: MAX_AGENTS, beyond: null });
    const tasks = await reads.openTasks(ownRowsOf(principal, 'list_tasks'), MAX_TASKS + 1);
    const assignments = await reads.openAssignments(ownRowsOf(principal, 'list_tasks'), MAX_TASKS + 1);
    const isSubAgent = principal.kind === 'agent' && principal.type === 'sub_agent'; // which may not read /stats
    const stats = isSubAgent ? null : await figures.fleet(DEFAULT_WINDOW, coordinator.now());
    const fitting = new Fitting(MAX_BYTES);
    const lists =
      `"agents":${fitting.list<Agent>(agents, MAX_AGENTS)},"tasks":${fitting.list<Task>(tasks, MAX_TASKS)},` +
      `"assignments":${fitting.list<Assignment>(assignments, MAX_TASKS)}`;
    return { last, rest: `${lists},"stats":${JSON.stringify(stats)},"truncated":${fitting.isCut}` };
  }
}

/** Lists as JSON, as far as they fit. */
class Fitting {
  isCut = false;
  #left: number;

  constructor(bytes: number) {
    this.#left = bytes;
  }

  list<T>(items: readonly T[], max: number): string {
    const texts: string[] = [];
    for (const item of items) {
      const text = JSON.stringify(item);
      this.#left -= Buffer.byteLength(text);
      if (this.#left < 0 || texts.length === max) {
        this.isCut = true;
        break;
      }
      texts.push(text);
    }
    return `[${texts.join(',')}]`;
  }
}
