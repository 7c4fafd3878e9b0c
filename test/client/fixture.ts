import mqtt, { type MqttClient } from 'mqtt';
import { Rest } from '#cli/rest.ts';
import { type AgentClient, type AgentOptions, type AgentPing, connectAgent, type Withdrawal } from '#client/client.ts';
import type { Agent, AgentCreated, Assignment, Event, Task } from '#schemas/resources.ts';
import { type App, startApp } from '#src/app.ts';
import { ADMIN, temporaryDir, testConfig } from '#test/support/config.ts';
import { until } from '#test/support/until.ts';

/** A real coordinator on free ports, and what a test needs of its REST API. */
export class World implements AsyncDisposable {
  readonly #stack: AsyncDisposableStack;
  readonly dataDir: string;
  readonly settings: Readonly<Record<string, string>>;
  app: App;

  private constructor(stack: AsyncDisposableStack, dataDir: string, app: App, settings: Readonly<Record<string, string>>) {
    this.#stack = stack;
    this.dataDir = dataDir;
    this.app = app;
    this.settings = settings;
  }

  static async start(settings: Readonly<Record<string, string>> = {}): Promise<World> {
    const stack = new AsyncDisposableStack();
    const dir = stack.use(await temporaryDir());
    const world = new World(stack, dir.path, await startApp(testConfig(dir.path, settings)), settings);
    stack.defer(() => world.app.close());
    return world;
  }

  /** Everything handed over is closed with the world, before the coordinator. */
  own<T extends AsyncDisposable>(thing: T): T {
    return this.#stack.use(thing);
  }
  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }

  url(name: string): string {
    const found = this.app.listeners.find((listener) => listener.name === name);
    if (found === undefined) throw new Error(`no listener ${name}`);
    return found.url.replace(/\/$/, '');
  }
  get mqttPort(): number {
    return Number(new URL(this.url('mqtt')).port);
  }
  get rest(): Rest {
    return new Rest(this.url('http'), ADMIN);
  }

  agent(name: string, more: object = {}): Promise<AgentCreated> {
    return this.rest.call('POST', '/agents', { name, ...more });
  }
  task(name: string, agent_name?: string, more: object = {}): Promise<Task> {
    return this.rest.call('POST', '/tasks', { name, agent_name, ...more });
  }
  async assignment(taskId: number): Promise<Assignment> {
    const [newest] = await this.rest.all<Assignment>(`/tasks/${taskId}/assignments`);
    if (newest === undefined) throw new Error(`task ${taskId} was never assigned`);
    return newest;
  }
  events(kind: string, taskId?: number): Promise<Event[]> {
    return this.rest.all('/events', { kind, task: taskId });
  }
  async status(name: string): Promise<string | undefined> {
    return (await this.rest.all<Agent>('/agents')).find((agent) => agent.name === name)?.status;
  }

  /** Connects as an agent; what comes is kept in order. `port` leads through a proxy. */
  async join(name: string, token: string, more: Partial<AgentOptions> & { port?: number } = {}): Promise<Joined> {
    const { port = this.mqttPort, ...options } = more;
    const errors: Error[] = [];
    const client = this.own(
      await connectAgent({ url: `mqtt://127.0.0.1:${port}`, name, token, intervalSeconds: 1, onError: (error) => errors.push(error), ...options }),
    );
    return new Joined(client, errors);
  }

  /** The admin's eyes on the broker. */
  async spy(filter: string): Promise<{ client: MqttClient; seen: { topic: string; body: Record<string, unknown>; retain: boolean }[] }> {
    const client = await mqtt.connectAsync(this.url('mqtt'), { username: 'admin', password: ADMIN });
    const seen: { topic: string; body: Record<string, unknown>; retain: boolean }[] = [];
    client.on('message', (topic, payload, packet) => seen.push({ topic, body: JSON.parse(String(payload) || '{}'), retain: packet.retain }));
    await client.subscribeAsync(filter, { qos: 1 });
    this.#stack.defer(() => client.endAsync(true));
    return { client, seen };
  }
}

export class Joined {
  readonly client: AgentClient;
  readonly errors: Error[];
  readonly pings: AgentPing[] = [];
  readonly withdrawals: Withdrawal[] = [];
  readonly states: string[] = [];

  constructor(client: AgentClient, errors: Error[]) {
    this.client = client;
    this.errors = errors;
    client.onPing((ping) => this.pings.push(ping));
    client.onWithdraw((withdrawal) => this.withdrawals.push(withdrawal));
    client.onConnection((state) => this.states.push(state));
  }

  ping(taskId: number, kind?: AgentPing['kind']): Promise<AgentPing> {
    return until(`a ping about task ${taskId}`, () => this.pings.find((ping) => ping.task_id === taskId && (kind === undefined || ping.kind === kind)));
  }
}
