import type { Client } from 'aedes';
import type { Connection } from './connection.ts';
import type { Log } from './log.ts';

/** A promise for Aedes, which goes on in its continuations and hears of nothing that is thrown there. */
class Walled<T> extends Promise<T> {
  onFault: (error: unknown) => void = () => {};

  /** What is chained on it is not behind this wall again. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  // biome-ignore lint/suspicious/noThenProperty: Aedes' continuations can be reached in no other place.
  override then<A = T, B = never>(
    taken?: ((value: T) => A | PromiseLike<A>) | null,
    refused?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    const rest = super.then(taken, refused);
    rest.catch(this.onFault);
    return rest;
  }
}

/**
 * The wall around each connection. Aedes handles packets in events, timers and continuations, and catches nothing there: what is thrown would
 * end the process, with everybody's connections. So each way that leads into our code for one client, or from our code into Aedes', goes through
 * here, and what is thrown in it ends that client's connection alone.
 */
export class Wall {
  readonly #connectionOf: (client: Client) => Connection | undefined;
  readonly #log: Log;
  readonly #breached = new WeakSet<Connection>();

  constructor(connectionOf: (client: Client) => Connection | undefined, log: Log) {
    this.#connectionOf = connectionOf;
    this.#log = log;
  }

  /** Closes the connection for what was thrown in it. Logged once; what else fails in its ruins is not news. */
  breached(client: Client, err: unknown): void {
    const connection = this.#connectionOf(client);
    if (!connection || this.#breached.has(connection)) return;
    this.#breached.add(connection);
    this.#log.error({ connection: connection.id, client: client.id, err }, 'a connection failed');
    this.inside(client, () => connection.close('refused_packet', 'internal error'));
    client.conn.destroy();
  }

  /** Runs it for this client. Undefined where it threw. */
  inside<R>(client: Client, run: () => R): R | undefined {
    try {
      return run();
    } catch (error) {
      this.breached(client, error);
    }
  }

  /** A function that leads back into Aedes, or that it calls. */
  around<A extends unknown[], R>(client: Client, call: (...args: A) => R): (...args: A) => R | undefined {
    return (...args) => this.inside(client, () => call(...args));
  }

  /** Aedes' handling of what the client sends: of the bytes it reads, and of the packets it kept until the CONNACK, told of by `connected`. */
  aroundPackets(client: Client): void {
    const { _parser: parser } = client as unknown as { _parser: { parse: (chunk: Buffer) => number | undefined } }; // as: private to Aedes; a test sees that it is there
    parser.parse = this.around(client, parser.parse.bind(parser));
    const emit = client.emit.bind(client);
    client.emit = (...args) => this.inside(client, () => emit(...args)) ?? false;
  }

  /** Our answer to Aedes. Where we throw, there is none. */
  answer<T>(client: Client, run: () => Promise<T>): Promise<T> {
    const onFault = (error: unknown): void => this.breached(client, error);
    const answer = new Walled<T>((resolve) => void run().then(resolve, onFault));
    answer.onFault = onFault;
    return answer;
  }
}
