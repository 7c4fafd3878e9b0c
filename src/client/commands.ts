import { uuidv7 } from 'uuidv7';
import type { Reply } from '#schemas/messages.ts';
import type { CommandLeaf } from '#schemas/vocabulary.ts';
import { AgentError } from './error.ts';

/** More commands than this waiting at once means that nobody answers: better told than kept. */
const MAX_PENDING = 1_000;

/** The broker closes the connection of a sub-agent that publishes `assign` [MQTT-3.3.5-2]; saying it again would only close the next one. */
const MAX_ASSIGNS = 2;

interface Pending {
  said: number;
  readonly leaf: CommandLeaf;
  readonly payload: string;
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: AgentError) => void;
  readonly timer: NodeJS.Timeout;
}

/** Commands on their way to an answer, in the order they were given. Their message_id makes repeating them harmless. */
export class Commands {
  readonly #pending = new Map<string, Pending>();
  /** False: there is no connection; it will be said again on the next. */
  readonly #publish: (leaf: CommandLeaf, payload: string) => boolean;
  readonly #timeoutMs: number;
  #closed = false;

  constructor(publish: (leaf: CommandLeaf, payload: string) => boolean, timeoutMs: number) {
    this.#publish = publish;
    this.#timeoutMs = timeoutMs;
  }

  /** Resolves on the reply with `ok: true`; rejects with AgentError on a refusal, after the timeout, or when closed. */
  send(leaf: CommandLeaf, body: { readonly message_id?: string | null | undefined }): Promise<Reply> {
    if (this.#closed) return Promise.reject(new AgentError('closed', `${leaf} was not sent: the client is closed`));
    if (this.#pending.size >= MAX_PENDING)
      return Promise.reject(new AgentError('too_many_pending', `${leaf} was not sent: ${MAX_PENDING} commands already wait for their answer`));
    const messageId = body.message_id ?? uuidv7(); // rising in time, so that the index of a million of them is written at its end
    if (this.#pending.has(messageId))
      return Promise.reject(new AgentError('invalid_options', `${leaf} was not sent: a command with message_id ${messageId} still waits for its answer`));
    const payload = JSON.stringify({ ...body, message_id: messageId });
    const { promise, resolve, reject } = Promise.withResolvers<Reply>();
    const timer = setTimeout(
      () =>
        this.#end(messageId)?.reject(
          new AgentError('timed_out', `${leaf} was not answered within ${this.#timeoutMs / 1000} s: it may or may not have been taken; sync() tells`),
        ),
      this.#timeoutMs,
    );
    const pending: Pending = { said: 0, leaf, payload, resolve, reject, timer };
    this.#pending.set(messageId, pending);
    this.#say(pending);
    return promise;
  }

  /** A connection is up: says again whatever has no answer yet. */
  repeat(): void {
    for (const [messageId, pending] of [...this.#pending]) {
      if (pending.leaf !== 'assign' || pending.said < MAX_ASSIGNS) this.#say(pending);
      else this.#end(messageId)?.reject(new AgentError('forbidden', 'the broker closed the connection each time: only main agents may delegate'));
    }
  }

  #say(pending: Pending): void {
    if (this.#publish(pending.leaf, pending.payload)) pending.said += 1;
  }

  settle(reply: Reply): void {
    const pending = this.#end(reply.message_id ?? this.#unnamed(reply));
    if (reply.ok) pending?.resolve(reply);
    else pending?.reject(AgentError.of(reply));
  }

  close(): void {
    this.#closed = true;
    for (const messageId of [...this.#pending.keys()]) {
      const pending = this.#end(messageId);
      pending?.reject(new AgentError('closed', `${pending.leaf} was not answered before the client closed`));
    }
  }

  /** A payload refused before it was read (too large, too many) is answered without its message_id: ours, if only one can be meant. */
  #unnamed(reply: Reply): string | undefined {
    if (reply.ok) return undefined;
    const candidates = [...this.#pending].filter(([, { leaf }]) => leaf === reply.command);
    return candidates.length === 1 ? candidates[0]?.[0] : undefined;
  }

  #end(messageId: string | undefined): Pending | undefined {
    if (messageId === undefined) return undefined;
    const pending = this.#pending.get(messageId);
    if (pending === undefined) return undefined;
    this.#pending.delete(messageId);
    clearTimeout(pending.timer);
    return pending;
  }
}
