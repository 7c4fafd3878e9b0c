import { Agent, request } from 'node:http';
import { startApp } from '#src/app.ts';
import { createLog } from '#src/log.ts';
import { findOrphans } from '#storage/audit.ts';
import { openStorage } from '#storage/open.ts';
import { ADMIN, temporaryDir, testConfig } from '#test/support/config.ts';
import { until } from '#test/support/until.ts';
import { type Documented, documented, type Json } from './documented.ts';

/** The whole product, asked over HTTP as anybody may: byte for byte, also what no client would send. */

export interface Raw {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly token?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer | undefined;
}

export class Product implements AsyncDisposable {
  readonly mqttUrl: string;
  /** As a browser names us. */
  get origin(): string {
    return this.#http.origin;
  }
  readonly #http: URL;
  readonly #dir: string;
  readonly #settings: Readonly<Record<string, string>>;
  readonly #owned: AsyncDisposableStack;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 4 });
  /** Everything that was logged as an error. */
  readonly errors: string[];
  contract: Documented = documented({ paths: {}, components: { schemas: {} } });

  private constructor(http: string, mqtt: string, dir: string, settings: Readonly<Record<string, string>>, errors: string[], owned: AsyncDisposableStack) {
    [this.#http, this.mqttUrl, this.#dir, this.#settings, this.errors, this.#owned] = [new URL(http), mqtt, dir, settings, errors, owned];
  }

  static async start(settings: Readonly<Record<string, string>> = {}): Promise<Product> {
    const owned = new AsyncDisposableStack();
    const dir = owned.use(await temporaryDir());
    const errors: string[] = [];
    const log = createLog({ logLevel: 'error', apiAuthToken: ADMIN }, { write: (line) => void errors.push(line) });
    const app = owned.use(await startApp(testConfig(dir.path, { LOG_LEVEL: 'error', MAX_COMMANDS_PER_SECOND: '0', ...settings }), { log }));
    const [http = '', mqtt = ''] = ['http', 'mqtt'].map((name) => app.listeners.find((listener) => listener.name === name)?.url);
    const product = new Product(http, mqtt, dir.path, settings, errors, owned);
    owned.defer(() => product.#agent.destroy());
    product.contract = documented(JSON.parse((await product.ask({ method: 'GET', path: '/openapi.json' })).text));
    return product;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#owned.disposeAsync();
  }

  /** One request; rejects when there is no whole answer within 10 s. */
  ask({ method, path, token, headers = {}, body }: Asked): Promise<Raw> {
    const all = {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }),
      ...headers,
    };
    return new Promise((resolve, reject) => {
      const sent = request(
        {
          host: this.#http.hostname,
          port: this.#http.port,
          method,
          path,
          headers: all,
          agent: this.#agent,
          timeout: 10_000,
          signal: AbortSignal.timeout(10_000),
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk) => chunks.push(chunk)).on('error', reject);
          response.on('end', () => {
            const got = new Headers(
              Object.entries(response.headers).flatMap(([name, value]) => [value ?? ''].flat().map((one): [string, string] => [name, one])),
            );
            resolve({ status: response.statusCode ?? 0, headers: got, text: Buffer.concat(chunks).toString('utf8') });
          });
        },
      );
      sent.on('error', reject);
      sent.end(body);
    });
  }

  /** A call of the admin's that must succeed. */
  async ok(method: string, path: string, body?: object): Promise<Json> {
    const answer = await this.ask({ method, path, token: ADMIN, body: body === undefined ? undefined : JSON.stringify(body) });
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    return JSON.parse(answer.text);
  }

  /** Tasks and assignments that are open and will never be looked at again: none, ever. */
  async orphans(): Promise<Json> {
    const { database } = testConfig(this.#dir, this.#settings);
    await using storage = await openStorage({ database, dataDir: this.#dir, migrate: false });
    return await findOrphans(storage.em(), Date.now(), 100);
  }

  /** Alive, ready, and able to commit. */
  async isWell(): Promise<void> {
    await until('ready', async () => (await this.ask({ method: 'GET', path: '/readyz' })).status === 200);
    const { id } = await this.ok('POST', '/tasks', { name: 'still there?', is_ping_enabled: false });
    await this.ok('DELETE', `/tasks/${id}`);
  }
}
