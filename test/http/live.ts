import { WebSocket } from 'ws';
import type { FeedEvent, FeedSnapshot } from '#schemas/live.ts';
import type { AgentCreated, Task } from '#schemas/resources.ts';
import { type App, startApp } from '#src/app.ts';
import { ADMIN, temporaryDir, testConfig } from '#test/support/config.ts';
import { until } from '#test/support/until.ts';

/** The product on free ports, on the system's clock, as a browser or a script meets it. */
export class LiveApp implements AsyncDisposable {
  readonly app: App;
  readonly http: string;
  readonly #owned: AsyncDisposableStack;

  private constructor(app: App, owned: AsyncDisposableStack) {
    this.app = app;
    this.http = app.listeners.find(({ name }) => name === 'http')?.url ?? '';
    this.#owned = owned;
  }

  static async start(settings: Readonly<Record<string, string>> = {}): Promise<LiveApp> {
    const owned = new AsyncDisposableStack();
    const dir = owned.use(await temporaryDir());
    return new LiveApp(owned.use(await startApp(testConfig(dir.path, settings))), owned);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#owned.disposeAsync();
  }

  get ws(): string {
    return this.http.replace(/^http/, 'ws');
  }

  ask(method: string, path: string, body?: object, headers: Readonly<Record<string, string>> = bearer(ADMIN)): Promise<Response> {
    return fetch(this.http + path, {
      method,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }

  async ok<T>(method: string, path: string, body?: object, headers?: Readonly<Record<string, string>>): Promise<T> {
    const answer = await this.ask(method, path, body, headers);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return JSON.parse(text) as T; // the caller knows what this path answers
  }

  agent(name: string, fields: object = {}): Promise<AgentCreated> {
    return this.ok('POST', '/agents', { name, ...fields });
  }

  task(agent_name?: string, fields: object = {}): Promise<Task> {
    return this.ok('POST', '/tasks', { name: 'a task', ...(agent_name === undefined ? {} : { agent_name }), ...fields });
  }

  /** Logs in; gives the `Cookie` header of the session, and the `Set-Cookie` it came by. */
  async logIn(body: object = { token: ADMIN }): Promise<{ cookie: string; set: string }> {
    const answer = await this.ask('POST', '/session', body, {});
    if (answer.status !== 201) throw new Error(`login: ${answer.status} ${await answer.text()}`);
    const set = answer.headers.getSetCookie()[0] ?? '';
    return { set, cookie: set.split(';', 1)[0] ?? '' };
  }

  /** What a page of the dashboard sends along. */
  page(cookie: string): Record<string, string> {
    return { cookie, origin: this.http };
  }
}

export const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

/** A reader of the feed that keeps what it hears. */
export class Listener {
  readonly socket: WebSocket;
  readonly heard: (FeedSnapshot | FeedEvent)[] = [];
  closed: { code: number; reason: string } | null = null;
  /** Of a refused upgrade. */
  refused: number | null = null;

  constructor(url: string, headers: Readonly<Record<string, string>>) {
    this.socket = new WebSocket(url, { headers });
    this.socket.on('message', (data) => this.heard.push(JSON.parse(String(data))));
    this.socket.on('close', (code, reason) => {
      this.closed = { code, reason: String(reason) };
    });
    this.socket.on('unexpected-response', (request, response) => {
      this.refused = response.statusCode ?? 0;
      request.destroy();
    });
    this.socket.on('error', () => {}); // how it ended is asked with `closed` and `refused`
  }

  get events(): FeedEvent[] {
    return this.heard.filter((message) => message.type === 'event');
  }

  get ids(): number[] {
    return this.events.map(({ event }) => event.id);
  }

  snapshot(): Promise<FeedSnapshot> {
    return until('the snapshot', () => this.heard.find((message) => message.type === 'snapshot'));
  }

  event(what: (message: FeedEvent) => boolean): Promise<FeedEvent> {
    return until(`an event; heard ${JSON.stringify(this.events.map(({ event }) => event.kind))}`, () => this.events.find(what));
  }

  /** Resolves with the close code. */
  async end(): Promise<number> {
    const { code } = await until('the close', () => this.closed);
    return code;
  }
}

/** The status with which an upgrade was refused; 101 where it was not. */
export async function upgrade(url: string, headers: Readonly<Record<string, string>> = {}, protocols: string[] = []): Promise<number> {
  const socket = new WebSocket(url, protocols, { headers });
  try {
    return await new Promise((resolve, reject) => {
      socket.on('open', () => resolve(101));
      socket.on('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0));
      socket.on('error', reject);
    });
  } finally {
    socket.removeAllListeners('error').on('error', () => {});
    socket.terminate();
  }
}
