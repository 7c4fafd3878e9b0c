import { agentIdOf, type Command, isOfAnAgent, type Request } from '#domain/command.ts';
import { type Decision, decide, keepRefusal } from '#domain/decide.ts';
import type { Change, Message } from '#domain/draft.ts';
import type { Facts } from '#domain/facts.ts';
import { incrementsOf, type Measure } from '#domain/figures.ts';
import type { TaskRow } from '#domain/model.ts';
import type { Policy } from '#domain/policy.ts';
import { refuse } from '#domain/refusal.ts';
import { replyRefused } from '#domain/reply.ts';
import type { EventRow } from '#domain/trail.ts';
import { digestOfWaiting } from '#domain/waiting.ts';
import { writeEffects } from '#storage/effects.ts';
import { isStorageFailure } from '#storage/errors.ts';
import { keepOutcomes } from '#storage/idempotency.ts';
import { nextIds } from '#storage/ids.ts';
import { addToRollup } from '#storage/rollup.ts';
import type { Em } from '#storage/statement.ts';
import { writeChanges } from '#storage/write.ts';
import { loadFacts } from './facts.ts';
import { IdSource } from './ids.ts';
import { maskChanges, maskEvents } from './masking.ts';
import { outcomesOf } from './outcome.ts';
import { type Outcome, Unavailable } from './port.ts';
import type { Ridden } from './receipts.ts';
import { Unkept } from './unkept.ts';

/** So many commands at most share a transaction: bounds its length, and how much is repeated when one of them throws. */
const MAX_BATCH = 1000;
/** So many commands at most wait for their batch; beyond, they are turned away. */
const MAX_WAITING = 20_000;

/** What a commit left to be said and known. */
export interface Committed {
  readonly now: number;
  readonly decisions: readonly Decision[];
  readonly events: readonly EventRow[];
  readonly messages: readonly Message[];
  /** What the figures count of it. */
  readonly measures: readonly Measure[];
}

interface BatchDeps {
  readonly policy: Policy;
  now(): number;
  /** Runs `work` in one transaction of its own EntityManager, committed durably when the promise resolves. */
  transaction<T>(work: (em: Em) => Promise<T>): Promise<T>;
  /** Masks tokens in text that is to be kept. */
  mask(text: string): string;
  /** Corrects loaded facts by what is known in memory and not yet written (heartbeats). */
  refresh(facts: Facts): void;
  /** Writes what rides along with the next commit (receipts). Called inside the transaction. */
  rideAlong(em: Em): Promise<Ridden>;
  /** Whether a refusal of this agent is still kept one by one. */
  admitRefusal(agentId: number | null): boolean;
  /** After each commit, before the senders are released. */
  committed(result: Committed): void;
  storageFailed(error: unknown): void;
  unexpected(error: unknown, command: Command): void;
}

interface Entry {
  readonly request: Request;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Group commit, the only writer: commands that arrive while a commit runs wait for the next batch. Idle, a command waits for nothing but the end of
 * the event loop's turn, so that what was read from many sockets at once shares one transaction.
 */
export class Batcher {
  readonly #deps: BatchDeps;
  readonly #ids = new IdSource();
  readonly #unkept = new Unkept();
  readonly #queue: Entry[] = [];
  #running: Promise<void> | null = null;
  #closed = false;

  constructor(deps: BatchDeps) {
    this.#deps = deps;
  }

  /** Resolves once the effect or the refusal is committed. Rejects with Unavailable when it could be neither. */
  submit(request: Request): Promise<Outcome> {
    if (this.#closed) return Promise.reject(new Unavailable('not_ready', 'The coordinator is stopping; repeat this when it is back.'));
    if (this.#queue.length >= MAX_WAITING)
      return Promise.reject(new Unavailable('not_ready', `More than ${MAX_WAITING} commands are waiting; repeat this in a moment.`));
    return new Promise((resolve, reject) => {
      this.#queue.push({ request, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  get waiting(): number {
    return this.#queue.length;
  }

  /** Takes nothing more; resolves when what was taken is committed. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    await new Promise(setImmediate);
    while (this.#queue.length > 0) await this.#settle(this.#queue.splice(0, MAX_BATCH));
    this.#running = null;
  }

  /** Commits a batch, repeats it once if storage refuses, takes it apart if one of its commands throws; settles every entry. */
  async #settle(entries: readonly Entry[]): Promise<void> {
    const result = await this.#commit(entries)
      .catch((error) => this.#retry(error, entries))
      .catch((error: unknown) => ({ error }));
    // what throws from here on throws after the commit: that batch must not run again
    if (!('error' in result)) return this.#release(entries, result);
    const { error } = result;
    if (isStorageFailure(error)) this.#turnAway(entries, error);
    else if (entries.length > 1) for (const entry of entries) await this.#settle([entry]);
    else if (entries[0] !== undefined) await this.#poison(entries[0], error);
  }

  #retry(error: unknown, entries: readonly Entry[]): Promise<Committed> {
    if (!isStorageFailure(error)) throw error;
    return this.#commit(entries);
  }

  async #commit(entries: readonly Entry[]): Promise<Committed> {
    const { transaction, now } = this.#deps;
    const requests = entries.map(({ request }) => request);
    const { result, ridden } = await transaction(async (em) => {
      const at = now();
      const facts = await this.#facts(em, requests, at);
      const decisions = requests.map((request) => this.#decide(request, facts, at));
      return this.#write(em, decisions, digestOfWaiting(waitingIn(decisions), facts, this.#deps.policy, at), at);
    });
    ridden.done();
    return result;
  }

  async #facts(em: Em, requests: readonly Request[], now: number): Promise<Facts> {
    const { policy, mask, refresh } = this.#deps;
    const facts = await loadFacts(em, requests, await this.#ids.forBatch(em, requests.length), policy, now, mask);
    refresh(facts);
    this.#unkept.recall(requests, facts, now);
    return facts;
  }

  /** Writes what was decided, and what rides along; events get their numbers as late as can be, as that takes their lock on PostgreSQL. */
  async #write(em: Em, decisions: readonly Decision[], digest: Change | null, now: number): Promise<{ result: Committed; ridden: Ridden }> {
    const { mask, rideAlong } = this.#deps;
    const drafts = decisions.map(({ draft }) => draft);
    const events = drafts.flatMap((draft) => draft.events);
    const ridden = await rideAlong(em);
    const ids = await nextIds(em, 'event', events.length);
    for (const [i, event] of events.entries()) event.id = ids[i] ?? 0;
    maskEvents(events, mask);
    const changes = [...drafts.flatMap((draft) => draft.changes), ...(digest === null ? [] : [digest])];
    await writeChanges(em, [...maskChanges(changes, mask), ...events.map((row): Change => ({ op: 'insert', table: 'event', row }))]);
    await keepOutcomes(em, outcomesOf(decisions, mask));
    const sweeping = drafts.flatMap((draft) => draft.sweeping);
    await writeEffects(em, sweeping, now);
    const measures = [...ridden.measures, ...drafts.flatMap((draft) => draft.measures)];
    await addToRollup(em, incrementsOf(measures));
    return { result: { now, decisions, events, messages: drafts.flatMap((draft) => draft.messages), measures }, ridden };
  }

  #decide(request: Request, facts: Facts, now: number): Decision {
    const decision = decide(request, facts, this.#deps.policy, now);
    if (decision.verdict.refused === true && isOfAnAgent(request.command) && this.#deps.admitRefusal(agentIdOf(request.command))) keepRefusal(decision);
    return decision;
  }

  #release(entries: readonly Entry[], result: Committed): void {
    for (const decision of result.decisions) this.#unkept.note(decision);
    this.#deps.committed(result);
    entries.forEach((entry, i) => {
      const verdict = result.decisions[i]?.verdict;
      if (verdict !== undefined) entry.resolve(verdict);
    });
  }

  #turnAway(entries: readonly Entry[], error: unknown): void {
    this.#deps.storageFailed(error);
    for (const entry of entries)
      entry.reject(new Unavailable('storage_full', 'Storage does not take writes; nothing was stored. Repeat this once there is room.'));
  }

  /** The one command that throws: rolled back alone, recorded, answered, so that nobody repeats it for ever. */
  async #poison(entry: Entry, error: unknown): Promise<void> {
    const { command } = entry.request;
    this.#deps.unexpected(error, command);
    const refusal = refuse('internal_error', 'The command could not be carried out; the operator finds the reason in the log.', {
      task_id: 'task_id' in command ? (command.task_id ?? null) : null,
    });
    const topic = entry.request.origin?.topic ?? command.type;
    const record: Request = {
      command: {
        type: 'record_refusal',
        agent_id: agentIdOf(command),
        topic,
        code: 'internal_error',
        detail: refusal.detail,
        excerpt: entry.request.origin?.excerpt ?? '',
      },
      principal: entry.request.principal,
      channel: entry.request.channel,
    };
    const recorded = await this.#commit([{ ...entry, request: record }]).catch((again: unknown) => ({ again }));
    if (!('again' in recorded)) this.#deps.committed(recorded);
    else if (isStorageFailure(recorded.again)) return this.#turnAway([entry], recorded.again);
    else this.#deps.unexpected(recorded.again, record.command); // answered all the same: nothing is wrong with storage
    entry.resolve(isOfAnAgent(command) ? { ...refusal, reply: replyRefused(command.type, refusal, command.message_id) } : refusal);
  }
}

/** Tasks that have come to wait too long. */
const waitingIn = (decisions: readonly Decision[]): TaskRow[] => decisions.flatMap(({ draft }) => draft.waiting);
