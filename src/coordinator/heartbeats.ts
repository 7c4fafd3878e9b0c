import type { Request } from '#domain/command.ts';
import type { Facts } from '#domain/facts.ts';
import { staleAt } from '#domain/liveness.ts';
import type { AgentRow } from '#domain/model.ts';
import type { Policy } from '#domain/policy.ts';
import type { Em } from '#storage/statement.ts';
import { writeChanges } from '#storage/write.ts';
import type { Directory } from './directory.ts';
import type { Beat } from './port.ts';

interface Pending {
  readonly last_heartbeat: number;
  readonly stale_at: number;
  readonly interval_seconds: number;
  readonly heartbeat: string;
}

interface HeartbeatDeps {
  readonly policy: Policy;
  readonly directory: Directory;
  now(): number;
  submit(request: Request): Promise<unknown>;
}

/**
 * The one high-rate, loss-tolerant stream. Beats that only say "still here" are coalesced in memory and written about once a second in one statement;
 * those that change something (the first, a new session, a return, a goodbye) are commands like any other.
 */
export class Heartbeats {
  readonly #deps: HeartbeatDeps;
  #pending = new Map<number, Pending>();
  /** Liveness commands on their way per agent: until they are committed the directory is not to be trusted. */
  readonly #inFlight = new Map<number, number>();

  constructor(deps: HeartbeatDeps) {
    this.#deps = deps;
  }

  /** Takes a validated beat; says whether it becomes the retained one. A goodbye of an older session does not. */
  take(agentId: number, beat: Beat): 'keep' | 'drop' {
    const agent = this.#deps.directory.get(agentId);
    if (agent === undefined || !agent.is_active) return 'drop';
    const received_at = this.#deps.now();
    if (beat.status === 'offline') return this.#leave(agent, beat, received_at);
    const interval_seconds = beat.interval_seconds ?? this.#deps.policy.defaultHeartbeatSeconds;
    if (this.#isPlain(agent, beat)) {
      this.#pending.set(agentId, {
        last_heartbeat: received_at,
        stale_at: staleAt(received_at, interval_seconds, this.#deps.policy),
        interval_seconds,
        heartbeat: beat.payload,
      });
    } else {
      this.#send(agentId, { type: 'agent_online', agent_id: agentId, session: beat.session, interval_seconds, received_at, heartbeat: beat.payload });
    }
    return 'keep';
  }

  #isPlain(agent: AgentRow, beat: Beat): boolean {
    return agent.last_heartbeat !== null && !agent.is_offline && !agent.in_grace && agent.session === beat.session && !this.#inFlight.has(agent.id);
  }

  #leave(agent: AgentRow, beat: Beat, received_at: number): 'keep' | 'drop' {
    if (agent.session !== beat.session && !this.#inFlight.has(agent.id)) return 'drop';
    this.#send(agent.id, { type: 'agent_leaving', agent_id: agent.id, session: beat.session, received_at, heartbeat: beat.payload });
    return agent.session === beat.session ? 'keep' : 'drop';
  }

  /** A refusal of storage loses nothing: the next beat of the agent asks again. */
  #send(agentId: number, command: Request['command']): void {
    this.#inFlight.set(agentId, (this.#inFlight.get(agentId) ?? 0) + 1);
    this.#deps
      .submit({ command, principal: { kind: 'coordinator' }, channel: 'mqtt' })
      .catch(() => undefined)
      .finally(() => {
        const left = (this.#inFlight.get(agentId) ?? 1) - 1;
        if (left === 0) this.#inFlight.delete(agentId);
        else this.#inFlight.set(agentId, left);
      });
  }

  /** Facts from storage may be a second old; what was heard since counts. */
  refresh(facts: Facts): void {
    for (const [id, beat] of this.#pending) {
      const agent = facts.agents.get(id);
      if (agent !== undefined && !agent.is_offline) Object.assign(agent, beat);
    }
  }

  /** A committed decision about an agent's liveness stands; older beats must not overwrite it. */
  settled(agentId: number, at: number): void {
    const beat = this.#pending.get(agentId);
    if (beat !== undefined && beat.last_heartbeat <= at) this.#pending.delete(agentId);
  }

  /** Writes what is pending in one statement; if that fails it stays pending. */
  async flush(transaction: <T>(work: (em: Em) => Promise<T>) => Promise<T>): Promise<void> {
    if (this.#pending.size === 0) return;
    let beats = new Map<number, Pending>();
    try {
      await transaction((em) => {
        // taken only now: what was committed while this waited for its turn stands
        beats = this.#pending;
        this.#pending = new Map();
        const live = [...beats].filter(([id]) => this.#isLive(id));
        return writeChanges(
          em,
          live.map(([id, beat]) => ({ op: 'update' as const, table: 'agent' as const, id, patch: { ...beat, due_at: beat.stale_at } })),
        );
      });
    } catch (error) {
      for (const [id, beat] of beats) if (!this.#pending.has(id)) this.#pending.set(id, beat);
      throw error;
    }
  }

  /** Whether a beat may say when the agent is stale: not of one that is gone, stale or in its grace by now. */
  #isLive(agentId: number): boolean {
    const agent = this.#deps.directory.get(agentId);
    return agent?.is_active === true && !agent.is_offline && !agent.in_grace;
  }

  /** An outage or a jump of the clock moved every deadline by so many ms. */
  shift(ms: number): void {
    for (const [id, beat] of this.#pending) this.#pending.set(id, { ...beat, stale_at: beat.stale_at + ms });
  }
}
