import type { Rest } from '#cli/rest.ts';
import { pause } from '#cli/trail.ts';
import { type AgentClient, connectAgent } from '#client/client.ts';
import type { Agent, AgentCreated } from '#schemas/resources.ts';
import type { Clock } from '#src/clock.ts';
import { animate, RUTO, TEMPERS, type Temper } from './tempers.ts';

/** The shortest interval there is: a dead agent is to be noticed within seconds. */
const BEAT_SECONDS = 1;

interface FleetOptions {
  readonly rest: Rest;
  /** The broker's address. */
  readonly url: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly report: (error: unknown) => void;
}

/** The demo's agents, connected over real sockets. */
export class Fleet implements AsyncDisposable {
  readonly #options: FleetOptions;
  readonly #tokens = new Map<Temper, string>();
  readonly #clients = new Map<Temper, AgentClient>();

  constructor(options: FleetOptions) {
    this.#options = options;
  }

  /** Registers and connects everyone. */
  async muster(): Promise<void> {
    const { rest } = this.#options;
    const ruto = (await rest.all<Agent>('/agents')).find(({ name }) => name === RUTO.name);
    if (ruto === undefined) throw new Error('the coordinator has made no main agent');
    const { token } = await rest.call<{ token: string }>('POST', `/agents/${ruto.id}/token`);
    this.#tokens.set(RUTO, token);
    for (const temper of TEMPERS) {
      const made = await rest.call<AgentCreated>('POST', '/agents', { name: temper.name, capabilities: temper.capabilities, max_concurrent: 2 });
      this.#tokens.set(temper, made.token);
    }
    await Promise.all([RUTO, ...TEMPERS].map((temper) => this.#connect(temper)));
  }

  /** Brings back who has dropped out, for a demo that runs on. */
  async revive(): Promise<void> {
    for (const [temper, client] of this.#clients) if (!client.connected) await this.#connect(temper);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#clients.values()].map((client) => client.close()));
  }

  async #connect(temper: Temper): Promise<void> {
    const { url, clock, signal, report } = this.#options;
    const token = this.#tokens.get(temper) ?? '';
    const client = await connectAgent({ url, name: temper.name, token, intervalSeconds: BEAT_SECONDS, info: { temper: temper.about }, onError: report });
    this.#clients.set(temper, client);
    animate(client, temper, (seconds) => pause(clock, seconds * 1000, signal), report);
  }
}
