import type { Request } from '#domain/command.ts';
import type { Principal } from '#domain/principal.ts';
import type { Reply } from '#schemas/messages.ts';
import type { Event, Why } from '#schemas/resources.ts';
import { select } from '#storage/select.ts';
import { Admission } from './admission.ts';
import { Directory } from './directory.ts';
import { Engine } from './engine.ts';
import type { EngineDeps, Gauges } from './engine-deps.ts';
import { keptKey } from './masking.ts';
import type { Beat, Coordinator, Identity, Outbound, Outcome, Readiness } from './port.ts';
import { syncReply } from './sync.ts';
import { explain } from './why.ts';

interface CoordinatorDeps extends EngineDeps {
  readonly adminToken: string;
  readonly maxCommandsPerSecond: number;
}

/** Opens the coordinator on an open database: loads who is who, credits the outage since the last run. `start` sets it going once it can speak. */
export async function openCoordinator(deps: CoordinatorDeps): Promise<RunningCoordinator> {
  const agents = await select(deps.em(), 'agent', '1 = 1');
  const running = new RunningCoordinator(deps, new Directory(deps.adminToken, agents));
  await running.begin();
  return running;
}

/** The coordinator as the edges see it: who they are, whether they may still ask, and the engine that does it. */
export class RunningCoordinator implements Coordinator {
  readonly #deps: CoordinatorDeps;
  readonly #directory: Directory;
  readonly #admission: Admission;
  readonly #engine: Engine;

  constructor(deps: CoordinatorDeps, directory: Directory) {
    this.#deps = deps;
    this.#directory = directory;
    this.#admission = new Admission(deps.clock, deps.maxCommandsPerSecond);
    this.#engine = new Engine(deps, directory, this.#admission);
  }

  get gauges(): Gauges {
    return this.#engine.gauges;
  }

  /** Credits the time since the last run. */
  begin(): Promise<void> {
    return this.#engine.begin();
  }

  /** From now on it speaks, and the ticker runs. */
  start(outbound: Outbound): Promise<void> {
    return this.#engine.start(outbound);
  }

  /** Takes nothing more, finishes what was taken, says goodbye. The transport is closed by its owner afterwards. */
  stop(): Promise<void> {
    return this.#engine.stop();
  }

  submit(request: Request): Promise<Outcome> {
    return this.#engine.submit(request);
  }

  heartbeat(agentId: number, beat: Beat): 'keep' | 'drop' {
    if (this.#engine.isStopping) return 'drop';
    const session = beat.session === null ? null : keptKey(beat.session, this.#deps.mask); // only ever compared
    return this.#engine.heartbeats.take(agentId, { ...beat, session });
  }

  listening(agentId: number, has: (pingId: string) => boolean): void {
    if (this.#engine.isStopping) return;
    this.#engine.submitOwn({ type: 'resend', agent_id: agentId, has }).catch(() => undefined); // owed again after the outage
  }

  listeningToReplies(agentId: number, has: (assignmentId: number) => boolean): void {
    if (this.#engine.isStopping) return;
    this.#engine.submitOwn({ type: 'withdraw_again', agent_id: agentId, has }).catch(() => undefined); // told by `sync`, and when it subscribes again
  }

  delivered(receipt: string): void {
    this.#engine.delivered(Number(receipt));
  }

  sync(agentId: number, messageId?: string): Promise<Reply> {
    return syncReply(this.#deps.em(), agentId, this.#deps.clock.now(), messageId);
  }

  authenticate(username: string | null, password: string | null): Promise<Principal | null> {
    return Promise.resolve(this.#directory.login(username, password));
  }

  principalOf(token: string): Promise<Principal | null> {
    return Promise.resolve(this.#directory.bearer(token));
  }

  identityOf(agentId: number | null): Identity | null {
    return this.#directory.identity(agentId);
  }

  /** The id of an active agent by its exact name, for commands that the admin sends in its stead. */
  agentIdOf(name: string): number | null {
    const agent = this.#directory.named(name);
    return agent?.is_active === true ? agent.id : null;
  }

  agentName(id: number): string | undefined {
    return this.#directory.get(id)?.name;
  }

  admit(agentId: number): boolean {
    return this.#admission.command(agentId);
  }

  admitRefusal(agentId: number | null): boolean {
    return this.#admission.refusal(agentId);
  }

  now(): number {
    return this.#deps.clock.now();
  }

  why(taskId: number): Promise<Why | null> {
    return explain(this.#deps.em(), taskId, this.#deps.policy, this.#deps.clock.now());
  }

  readiness(): Readiness {
    return this.#engine.readiness();
  }

  onEvents(listener: (events: Event[]) => void): () => void {
    return this.#engine.onEvents(listener);
  }
}
