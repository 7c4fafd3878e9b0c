import { timingSafeEqual } from 'node:crypto';
import type { Change } from '#domain/draft.ts';
import type { AgentRow } from '#domain/model.ts';
import type { Principal } from '#domain/principal.ts';
import { adminTokenId, hashOf, tokenIdOf } from '#storage/secrets.ts';
import type { Identity } from './port.ts';

/** Every agent as last committed, in memory: who may log in, and what the next heartbeat means. Kept in step by each commit. */
export class Directory {
  readonly #byId = new Map<number, AgentRow>();
  readonly #byName = new Map<string, AgentRow>();
  readonly #byToken = new Map<string, AgentRow>();
  readonly #adminHash: Buffer;
  readonly #admin: Principal;

  constructor(adminToken: string, agents: readonly AgentRow[]) {
    this.#adminHash = Buffer.from(hashOf(adminToken));
    this.#admin = { kind: 'admin', token_id: adminTokenId(adminToken) };
    for (const agent of agents) this.#put({ ...agent });
  }

  get(id: number): AgentRow | undefined {
    return this.#byId.get(id);
  }

  all(): IterableIterator<AgentRow> {
    return this.#byId.values();
  }

  /** Exactly as registered: any other spelling is a stranger. */
  named(name: string): AgentRow | undefined {
    return this.#byName.get(name);
  }

  apply(changes: readonly Change[]): void {
    for (const change of changes) {
      if (change.table !== 'agent') continue;
      if (change.op === 'insert') this.#put({ ...change.row });
      else this.#patch(change.id, change.patch);
    }
  }

  /** MQTT: user name and password. */
  login(username: string | null, password: string | null): Principal | null {
    if (username === null || password === null) return null;
    if (username === 'admin') return this.#isAdmin(password) ? this.#admin : null;
    const agent = this.#byName.get(username);
    const matches = timingSafeEqual(Buffer.from(hashOf(password)), Buffer.from(agent?.token_hash ?? hashOf('')));
    return matches && agent !== undefined ? principal(agent) : null;
  }

  /** REST: the bearer token alone. Agents are found by its hash, which tells nothing of the token. */
  bearer(token: string): Principal | null {
    if (this.#isAdmin(token)) return this.#admin;
    const agent = this.#byToken.get(hashOf(token));
    return agent === undefined ? null : principal(agent);
  }

  /** Who this agent (null: the admin) is now, with the hash of its present token. */
  identity(agentId: number | null): Identity | null {
    if (agentId === null) return { principal: this.#admin, credential: this.#adminHash.toString() };
    const agent = this.#byId.get(agentId);
    const found = agent === undefined ? null : principal(agent);
    return agent === undefined || found === null ? null : { principal: found, credential: agent.token_hash };
  }

  #isAdmin(token: string): boolean {
    return timingSafeEqual(Buffer.from(hashOf(token)), this.#adminHash);
  }

  #put(agent: AgentRow): void {
    this.#byId.set(agent.id, agent);
    this.#byName.set(agent.name, agent);
    this.#byToken.set(agent.token_hash, agent);
  }

  #patch(id: number, patch: Partial<AgentRow>): void {
    const agent = this.#byId.get(id);
    if (agent === undefined) return;
    if (patch.token_hash !== undefined) this.#byToken.delete(agent.token_hash);
    Object.assign(agent, patch);
    this.#byToken.set(agent.token_hash, agent);
  }
}

const principal = ({ id, name, type, is_active, token_hash }: AgentRow): Principal | null =>
  is_active ? { kind: 'agent', id, name, type, token_id: tokenIdOf(token_hash) } : null;
