import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import type { Agent, AgentCreated, Assignment, Event, Task } from '#schemas/resources.ts';
import { type App, startApp } from '#src/app.ts';
import { openStorage, type Storage } from '#storage/open.ts';
import { type Param, run } from '#storage/statement.ts';
import { ADMIN, temporaryDir, testConfig } from './config.ts';
import { ManualClock } from './manual-clock.ts';
import { until } from './until.ts';

export interface Answer<T = Record<string, unknown>> {
  readonly status: number;
  readonly body: T;
}

/** The product on free ports, with a database of its own and a clock that stands still. Closes itself with everything that was connected to it. */
export class TestApp implements AsyncDisposable {
  readonly clock: ManualClock;
  readonly dataDir: string;
  readonly #settings: Readonly<Record<string, string>>;
  readonly #owned: AsyncDisposableStack;
  #app: App | null = null;

  private constructor(dataDir: string, settings: Readonly<Record<string, string>>, clock: ManualClock, owned: AsyncDisposableStack) {
    this.dataDir = dataDir;
    this.#settings = settings;
    this.clock = clock;
    this.#owned = owned;
  }

  static async start(settings: Readonly<Record<string, string>> = {}, clock = new ManualClock()): Promise<TestApp> {
    const owned = new AsyncDisposableStack();
    const dir = owned.use(await temporaryDir());
    const app = new TestApp(dir.path, settings, clock, owned);
    owned.defer(() => app.stop());
    await app.restart();
    return app;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#owned.disposeAsync();
  }

  /** On the same data directory; its ports are new ones. */
  async restart(): Promise<void> {
    await this.stop();
    this.#app = await startApp(testConfig(this.dataDir, { LOG_LEVEL: 'silent', ...this.#settings }), { clock: this.clock });
    await this.clock.advance(0);
  }

  /** Closing waits for its timers, so time goes on meanwhile. */
  async stop(): Promise<void> {
    const app = this.#app;
    if (app === null) return;
    this.#app = null;
    let closed = false;
    const closing = app.close().finally(() => {
      closed = true;
    });
    while (!closed) await this.clock.advance(10, true);
    await closing;
  }

  url(name: 'mqtt' | 'http'): string {
    const found = this.#app?.listeners.find((listener) => listener.name === name);
    if (found === undefined) throw new Error(`no listener ${name}`);
    return found.url.replace(/\/$/, '');
  }

  /** The answer as it is, with its headers. */
  fetch(method: string, path: string, body?: object, headers: Readonly<Record<string, string>> = {}, token = ADMIN): Promise<Response> {
    const all = { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers };
    return fetch(this.url('http') + path, { method, headers: all, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  }

  async call<T = Record<string, unknown>>(method: string, path: string, body?: object, token = ADMIN): Promise<Answer<T>> {
    const headers = { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) };
    const answer = await fetch(this.url('http') + path, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    const text = await answer.text();
    return { status: answer.status, body: (text === '' ? {} : JSON.parse(text)) as T }; // the caller knows what this path answers
  }

  /** A call that must succeed; gives what was answered. */
  async ok<T>(method: string, path: string, body?: object): Promise<T> {
    const answer = await this.call<T>(method, path, body);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  agent(name: string, fields: object = {}): Promise<AgentCreated> {
    return this.ok('POST', '/agents', { name, ...fields });
  }

  task(agent_name?: string, fields: object = {}): Promise<Task> {
    return this.ok('POST', '/tasks', { name: 'a task', ...(agent_name === undefined ? {} : { agent_name }), ...fields });
  }

  taskNow(task: { id: number }): Promise<Task> {
    return this.ok('GET', `/tasks/${task.id}`);
  }

  /** The newest assignment. */
  async assignment(task: { id: number }): Promise<Assignment> {
    const [newest] = (await this.ok<{ items: Assignment[] }>('GET', `/tasks/${task.id}/assignments`)).items;
    if (newest === undefined) throw new Error(`task ${task.id} was never assigned`);
    return newest;
  }

  async statusOf(name: string): Promise<string | undefined> {
    return (await this.ok<{ items: Agent[] }>('GET', '/agents')).items.find((a) => a.name === name)?.status;
  }

  async events(kind: string): Promise<Event[]> {
    return (await this.ok<{ items: Event[] }>('GET', `/events?kind=${kind}&limit=200`)).items;
  }

  /** Reads and writes past the coordinator. Through the same driver: two copies of SQLite in one process do not see each other's locks. */
  async sql(text: string, ...params: Param[]): Promise<Record<string, unknown>[]> {
    await using storage = await this.storage();
    return await run(storage.em(), text, params);
  }

  storage(): Promise<Storage> {
    const { database } = testConfig(this.dataDir, this.#settings);
    return openStorage({ database, dataDir: this.dataDir, migrate: false });
  }

  async connect(username: string, password: string, options: IClientOptions = {}): Promise<Link> {
    const client = await mqtt.connectAsync(this.url('mqtt'), { username, password, reconnectPeriod: 0, ...options });
    // Nagle would make each QoS 1 exchange wait for the kernel's delayed ACK
    if ('setNoDelay' in client.stream && typeof client.stream.setNoDelay === 'function') client.stream.setNoDelay(true);
    client.on('error', () => {}); // how a connection ends is asked with `closed`
    this.#owned.defer(() => client.endAsync(true));
    return new Link(client, username);
  }

  /** Connects as an agent that listens to its own topics. */
  async join({ name, token }: { name: string; token: string }, options: IClientOptions = {}): Promise<Link> {
    const link = await this.connect(name, token, options);
    await link.client.subscribeAsync(`agents/${name}/#`, { qos: 1 });
    return link;
  }
}

export interface Said {
  readonly topic: string;
  readonly retain: boolean;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into whatever JSON came
  readonly body: any;
}

/** An MQTT connection that keeps what it hears. */
export class Link {
  readonly client: MqttClient;
  readonly heard: Said[] = [];
  readonly #name: string;

  constructor(client: MqttClient, name: string) {
    this.client = client;
    this.#name = name;
    client.on('message', (topic, payload, { retain }) => {
      const text = String(payload);
      this.heard.push({ topic, retain, text, body: text === '' ? null : JSON.parse(text) });
    });
  }

  /** Resolves with the PUBACK; rejects when the connection ends without one. */
  say(leaf: string, body: object = {}, qos: 0 | 1 = 1): Promise<unknown> {
    return this.client.publishAsync(`agents/${this.#name}/${leaf}`, JSON.stringify(body), { qos, retain: leaf === 'heartbeat' });
  }

  beat(more: object = {}): Promise<unknown> {
    return this.say('heartbeat', { status: 'online', session: 's1', interval_seconds: 30, ...more });
  }

  on(leaf: string): Said[] {
    return this.heard.filter((m) => m.topic.endsWith(`/${leaf}`));
  }

  hear(leaf: string, what: (body: Said['body']) => boolean = () => true): Promise<Said> {
    return until(`${leaf} for ${this.#name}; heard ${JSON.stringify(this.heard.map((m) => m.text)).slice(0, 2000)}`, () =>
      this.on(leaf).find((m) => what(m.body)),
    );
  }
}
