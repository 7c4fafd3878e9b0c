import type { Command, Request } from '#domain/command.ts';
import { pingPayload, stillAsks } from '#domain/ping.ts';
import type { Principal } from '#domain/principal.ts';
import type { Refusal } from '#domain/refusal.ts';
import { ackOf, snoozeOf } from '#domain/said.ts';
import type { WebhookAnswer } from '#schemas/messages.ts';
import { MINUTE } from '#schemas/time.ts';
import { select } from '#storage/select.ts';
import { dialectOf, type Em, inList, listOf } from '#storage/statement.ts';
import { type Asking, askings, type Claimed, claimWebhooks, nextWebhook, settleWebhook } from '#storage/webhooks.ts';
import type { Log } from './engine-deps.ts';
import type { Courier, Posted } from './port.ts';

/** So many are on their way at once, and so many of one agent: an endpoint that hangs holds up nobody else, and neither do two hundred. */
const MAX_ON_THE_WAY = 1000;
const MAX_PER_AGENT = 4;
/** Taken for lost after this, which is longer than a courier may take (10 s) and the commit of what it brings. */
const CLAIM_MS = 20_000;
/** After the first failure it waits so long, then twice as long each time, at most this. */
const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 5 * MINUTE;
/** With pinging off nobody waits for an answer: it is tried for so long. */
const UNTIL_MS = 24 * 60 * MINUTE;

interface WebhooksDeps {
  readonly courier: Courier;
  now(): number;
  em(): Em;
  transaction<T>(work: (em: Em) => Promise<T>): Promise<T>;
  submit(request: Request): Promise<unknown>;
  /** The endpoint took this ping. */
  delivered(pingRow: number): void;
  /** There is room again, or something is due. */
  nudge(): void;
  readonly log: Pick<Log, 'warn'>;
}

type Errand = Claimed & Asking;

/** From commit to endpoint, at least once: each ping to an agent with an `endpoint_url` is posted until it is taken, answered or asked no more. */
export class Webhooks {
  readonly #deps: WebhooksDeps;
  readonly #onTheWay = new Map<Promise<void>, number>();
  #closed = false;

  constructor(deps: WebhooksDeps) {
    this.#deps = deps;
  }

  /** Sends what is due. Gives the next moment at which something is; null: nothing is, or nothing can go before one comes back (which nudges). */
  async run(): Promise<number | null> {
    const room = MAX_ON_THE_WAY - this.#onTheWay.size;
    if (this.#closed || room === 0) return null;
    const { now, em, transaction } = this.#deps;
    const next = await nextWebhook(em(), this.#busy());
    if (next === null || next > now()) return next;
    const claimed = await transaction((own) => claimWebhooks(own, now(), now() + CLAIM_MS, room, MAX_PER_AGENT, this.#busy()));
    if (claimed.length > 0) await this.#send(claimed);
    return nextWebhook(em(), this.#busy());
  }

  /** Lets go of what is on its way: its claim runs out, and it is sent again. */
  close(): void {
    this.#closed = true;
    this.#deps.courier.close();
  }

  #busy(): number[] {
    const counts = new Map<number, number>();
    for (const agent of this.#onTheWay.values()) counts.set(agent, (counts.get(agent) ?? 0) + 1);
    return [...counts].filter(([, n]) => n >= MAX_PER_AGENT).map(([agent]) => agent);
  }

  async #send(claimed: readonly Claimed[]): Promise<void> {
    const em = this.#deps.em();
    const pings = await select(em, 'ping', inList(dialectOf(em), 'id'), [listOf(claimed.map(({ id }) => id))]);
    const asked = new Map((await askings(em, pings)).map((one) => [one.ping.id, one]));
    for (const claim of claimed) {
      const asking = asked.get(claim.id);
      const isWanted = asking !== undefined && asking.agent.endpoint_url !== null && stillAsks(asking.ping, asking.assignment);
      this.#track(claim.agent_id, isWanted ? this.#deliver({ ...claim, ...asking }) : this.#settle(claim.id, null, 'superseded'));
    }
  }

  #track(agentId: number, work: Promise<void>): void {
    const tracked = work
      .catch((error) => this.#deps.log.warn({ err: error }, 'what became of a webhook was not kept; it is sent again'))
      .finally(() => {
        this.#onTheWay.delete(tracked);
        if (!this.#closed) this.#deps.nudge();
      });
    this.#onTheWay.set(tracked, agentId);
  }

  async #deliver(errand: Errand): Promise<void> {
    const { ping, assignment, task, agent } = errand;
    const sent = await this.#deps.courier.post({
      url: agent.endpoint_url ?? '',
      secret: agent.webhook_secret,
      id: messageId(errand),
      body: JSON.stringify(pingPayload(ping, assignment, task, agent)),
    });
    if (!sent.ok) return this.#failed(errand, sent.why);
    const [present] = await askings(this.#deps.em(), [ping]);
    if (present?.agent.endpoint_url !== agent.endpoint_url) return this.#settle(errand.id, this.#deps.now(), 'the endpoint was changed meanwhile');
    this.#deps.delivered(ping.id);
    // one that was answered in another way, or to an earlier attempt, meanwhile is not answered again
    if (present.assignment.ping_id === ping.ping_id) await this.#take(errand, sent);
    await this.#settle(errand.id, null, 'delivered');
  }

  /** What the endpoint answers is its agent's command; to whichever attempt of a ping, and sent again after a crash, it is recognised by its message_id. */
  async #take(errand: Errand, sent: Extract<Posted, { ok: true }>): Promise<void> {
    const command = sent.fault === undefined ? commandOf(errand, sent.answer) : refusalOf(errand, sent.fault, sent.excerpt);
    if (command === null) return;
    const origin = 'excerpt' in sent ? { origin: { topic: TOPIC, excerpt: sent.excerpt } } : {};
    await this.#deps.submit({ command, principal: principalOf(errand), channel: 'webhook', ...origin });
  }

  async #failed(errand: Errand, why: string): Promise<void> {
    if (this.#closed) return;
    const { now, submit } = this.#deps;
    const again = now() + Math.min(FIRST_RETRY_MS * 2 ** Math.min(errand.attempts - 1, 20), LONGEST_RETRY_MS);
    if (again < (errand.assignment.respond_by ?? errand.created_at + UNTIL_MS)) return this.#settle(errand.id, again, why);
    await this.#settle(errand.id, null, why);
    const { ping, assignment } = errand;
    await submit({
      command: {
        type: 'record_fact',
        kind: 'agent.webhook_failed',
        about: { agent: errand.agent_id, task: assignment.task_id, assignment: assignment.id },
        data: { ping_id: ping.ping_id, attempt: ping.attempt, tries: errand.attempts, why },
      },
      principal: { kind: 'coordinator' },
      channel: 'coordinator',
    });
  }

  #settle(id: number, dueAt: number | null, outcome: string): Promise<void> {
    return this.#deps.transaction((em) => settleWebhook(em, id, dueAt, outcome));
  }
}

/** The same whenever the same attempt of a ping is sent, so that its receiver knows a repetition. */
const messageId = ({ ping }: Errand): string => `${ping.ping_id}-${ping.attempt}`;

function commandOf({ agent_id, assignment, ping }: Errand, answer: WebhookAnswer | null): Command | null {
  const said = (verb: string) => ({ assignment_id: assignment.id, message_id: `webhook-${verb}-${ping.ping_id}` });
  if (typeof answer?.snooze_minutes === 'number') return snoozeOf(agent_id, { ...said('snooze'), minutes: answer.snooze_minutes });
  return answer?.ack === true ? ackOf(agent_id, { ...said('ack'), ping_id: ping.ping_id }) : null;
}

/** Where a refused answer came from, in place of an MQTT topic. */
const TOPIC = 'webhook';
const refusalOf = ({ agent_id }: Errand, { code, detail }: Pick<Refusal, 'code' | 'detail'>, excerpt: string): Command => ({
  type: 'record_refusal',
  agent_id,
  topic: TOPIC,
  code,
  detail,
  excerpt,
});

/** The endpoint speaks for its agent, and by no token. */
const principalOf = ({ agent }: Errand): Principal => ({ kind: 'agent', id: agent.id, name: agent.name, type: agent.type });
