import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { type Spawned, start } from '#test/cli/spawned.ts';
import { ADMIN } from '#test/support/config.ts';

/** Two ports that are free now, so that a process that is killed comes back at the same address. */
async function freePorts(): Promise<[number, number]> {
  const servers = [createServer(), createServer()];
  for (const server of servers) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  }
  const ports = servers.map((server) => (server.address() as AddressInfo).port); // listening on TCP
  for (const server of servers) {
    server.close();
    await once(server, 'close');
  }
  return [ports[0] ?? 0, ports[1] ?? 0];
}

/** The product in a process of its own that can be killed, paused and started again on the same data and ports. */
export class Instance implements AsyncDisposable {
  readonly #dir: string;
  readonly #ports: readonly [number, number];
  readonly #settings: Readonly<Record<string, string>>;
  #process: Spawned | null = null;

  private constructor(dir: string, ports: readonly [number, number], settings: Readonly<Record<string, string>>) {
    this.#dir = dir;
    this.#ports = ports;
    this.#settings = settings;
  }

  static async start(dir: string, settings: Readonly<Record<string, string>> = {}): Promise<Instance> {
    const instance = new Instance(dir, await freePorts(), settings);
    await instance.up();
    return instance;
  }

  get http(): string {
    return `http://127.0.0.1:${this.#ports[0]}`;
  }

  get mqtt(): string {
    return `mqtt://127.0.0.1:${this.#ports[1]}`;
  }

  get process(): Spawned {
    if (this.#process === null) throw new Error('not started');
    return this.#process;
  }

  async up(): Promise<void> {
    const [http, mqtt] = this.#ports;
    this.#process = start(['serve'], this.#dir, {
      DATA_DIR: join(this.#dir, 'data'),
      HTTP_PORT: String(http),
      MQTT_PORT: String(mqtt),
      API_AUTH_TOKEN: ADMIN,
      LOG_LEVEL: 'error',
      ...this.#settings,
    });
    await this.#process.port('http');
  }

  async kill(): Promise<void> {
    this.process.child.kill('SIGKILL');
    await this.process.ended;
  }

  /** As the admin; throws on anything but a 2xx. */
  async request<T>(method: string, path: string, body?: object): Promise<T> {
    const response = await fetch(this.http + path, {
      method,
      headers: { authorization: `Bearer ${ADMIN}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(10_000),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T; // the shape is the caller's claim
  }

  /** Every item of a list, page by page. */
  async all<T>(path: string): Promise<T[]> {
    const items: T[] = [];
    let cursor: string | null = null;
    do {
      const query: string = `limit=200${cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`}`;
      const page: { items: T[]; next_cursor: string | null } = await this.request('GET', `${path}${path.includes('?') ? '&' : '?'}${query}`);
      items.push(...page.items);
      cursor = page.next_cursor;
    } while (cursor !== null);
    return items;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process?.[Symbol.asyncDispose]();
  }
}
