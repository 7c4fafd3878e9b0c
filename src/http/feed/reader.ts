import type { Socket } from 'node:net';
import type { WebSocket } from '@fastify/websocket';
import type { Principal } from '#domain/principal.ts';

/** Why the server ends a connection (RFC 6455 §7.4; 4000 and up are ours). All but the last two invite to come back with `after`. */
export const CLOSE = {
  stopping: [1001, 'the server is stopping; resume with after'],
  failed: [1011, 'failed on our side; resume with after'],
  slow: [4408, 'too slow; resume with after'],
  chatty: [1008, 'this connection only listens'],
  ended: [4401, 'the session or token has ended'],
} as const;

/** Bytes that may wait for one reader; a snapshot is below half of it. */
export const MAX_WAITING = 8 * 1024 * 1024;
const STALLED_MS = 10_000;
/** How long a reader that was told to go may take to go. */
const LEAVE_MS = 3_000;
/** What a reader may say in a minute without being asked. */
const MAX_HEARD = 64 * 1024;
const HEARD_MS = 60_000;

/** One connection of the feed: what was sent, and how well it is taken. */
export class Reader {
  readonly principal: Principal;
  /** Everything up to this event was sent, or is not for this reader. */
  cursor: number;
  /** It gets what happens as it happens; before, it is catching up. */
  isLive = false;
  isOpen = true;
  readonly #socket: WebSocket;
  readonly #stream: Socket;
  readonly #after: (ms: number, run: () => void) => () => void;
  #sent = 0;
  #taken = 0;
  #progressAt = 0;
  #isAlive = true;
  #heard = 0;
  #heardSince = 0;

  /** `stream`: the socket below. `after`: a timer. `left` is called once, however it ends. */
  constructor(socket: WebSocket, stream: Socket, principal: Principal, cursor: number, after: (ms: number, run: () => void) => () => void, left: () => void) {
    this.principal = principal;
    this.cursor = cursor;
    this.#socket = socket;
    this.#stream = stream;
    this.#after = after;
    socket.on('pong', () => {
      this.#isAlive = true;
    });
    socket.on('message', (data) => this.#hear(Array.isArray(data) ? MAX_HEARD : data.byteLength));
    socket.on('close', () => {
      this.isOpen = false;
      left();
    });
  }

  /** Hands messages over, together; more than may wait ends the connection instead. `done`: the last one has left this process, or never will. */
  send(messages: readonly Buffer[], done?: () => void): void {
    if (!this.isOpen || messages.length === 0) return void done?.();
    this.#stream.cork();
    for (const [i, message] of messages.entries()) {
      this.#sent += message.length;
      this.#socket.send(message, { binary: false }, i === messages.length - 1 ? () => done?.() : undefined);
    }
    this.#stream.uncork();
    if (this.#socket.bufferedAmount > MAX_WAITING) this.end('slow');
  }

  /** To be called about once a second (monotonic ms): ends a connection that takes nothing although something waits for it. */
  look(now: number): void {
    const waiting = this.#socket.bufferedAmount;
    const taken = this.#sent - waiting;
    if (waiting === 0 || taken > this.#taken || this.#progressAt === 0) this.#progressAt = now;
    this.#taken = taken;
    if (now - this.#progressAt >= STALLED_MS) this.end('slow');
    if (now - this.#heardSince >= HEARD_MS) {
      this.#heardSince = now;
      this.#heard = 0;
    }
  }

  /** To be called every 30 s: asks for a sign of life, and drops who did not answer the last time. */
  ping(): void {
    if (!this.#isAlive) return this.#socket.terminate();
    this.#isAlive = false;
    if (this.isOpen) this.#socket.ping();
  }

  end(why: keyof typeof CLOSE): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    const [code, reason] = CLOSE[why];
    this.#socket.close(code, reason);
    const cancel = this.#after(LEAVE_MS, () => this.#socket.terminate());
    this.#socket.once('close', cancel);
  }

  /** Nothing a reader says is wanted; an empty message counts too. */
  #hear(bytes: number): void {
    this.#heard += bytes + 64;
    if (this.#heard > MAX_HEARD) this.end('chatty');
  }
}
