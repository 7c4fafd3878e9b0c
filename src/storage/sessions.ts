import { ALL, and } from './conditions.ts';
import type { Page } from './reads/reads.ts';
import { dialectOf, type Em, inList, listOf, run } from './statement.ts';

/** A login of the dashboard. Times in epoch milliseconds. */
export interface SessionRow {
  readonly id: number;
  /** SHA-256 of the cookie's secret, base64url. */
  readonly secret_hash: string;
  /** Null: the admin. */
  readonly agent_id: number | null;
  /** HMAC of the token's hash under the cookie's secret: tells that token from its successor, and says nothing to who reads the table. */
  readonly binding: string;
  /** The id of that token, with `/code` behind it where a login code opened it; null: from before this was written down. */
  readonly opened_by: string | null;
  readonly user_agent: string | null;
  readonly created_at: number;
  readonly used_at: number;
}

/** Sessions are bookkeeping of the edge, not the coordinator's state: written here one statement at a time. Throws the driver's own errors. */
export interface SessionRows {
  bySecret(secretHash: string): Promise<SessionRow | null>;
  byId(id: number): Promise<SessionRow | null>;
  /** Up to `limit + 1` of those used since, newest first; of one agent, or of everybody (undefined). */
  list(usedSince: number, agentId: number | undefined, page: Page): Promise<SessionRow[]>;
  /** Which of these are still there and were used since. */
  alive(ids: readonly number[], usedSince: number): Promise<Set<number>>;
  add(row: Omit<SessionRow, 'id'>): Promise<number>;
  touch(ids: readonly number[], now: number): Promise<void>;
  /** Whether it was there. */
  remove(id: number): Promise<boolean>;
  /** Drops those not used since, and of this principal's all but the `keep` used last; answers which were dropped. */
  prune(usedSince: number, agentId: number | null, keep: number): Promise<number[]>;
}

const COLUMNS = 'id, secret_hash, agent_id, binding, opened_by, user_agent, created_at, used_at';
/** `is` compares with null too, in SQLite; PostgreSQL has its own words for it. */
const OF_OWNER = { sqlite: 'agent_id is ?', postgresql: 'agent_id is not distinct from ?::bigint' } as const;
/** SQLite knows an offset only with a limit; a negative one is none. */
const ALL_BEYOND = { sqlite: 'limit -1 offset ?', postgresql: 'offset ?' } as const;

/** `fork`: gives an EntityManager that no transaction uses. */
export function sessionRows(fork: () => Em): SessionRows {
  const read = async (sql: string, params: readonly (string | number | null)[]): Promise<SessionRow[]> =>
    // as: the columns asked for are those of the row, and none needs decoding
    (await run(fork(), `select ${COLUMNS} from session ${sql}`, params)) as unknown as SessionRow[];
  return {
    bySecret: async (secretHash) => (await read('where secret_hash = ?', [secretHash]))[0] ?? null,
    byId: async (id) => (await read('where id = ?', [id]))[0] ?? null,
    list: (usedSince, agentId, { limit, beyond }) => {
      let c = and(ALL, 'used_at > ?', usedSince);
      if (beyond !== null) c = and(c, 'id < ?', beyond);
      if (agentId !== undefined) c = and(c, 'agent_id = ?', agentId);
      return read(`where ${c.where} order by id desc limit ?`, [...c.params, limit + 1]);
    },
    alive: async (ids, usedSince) => {
      const em = fork();
      const rows = await run(em, `select id from session where ${inList(dialectOf(em), 'id')} and used_at > ?`, [listOf(ids), usedSince]);
      return new Set(rows.map((row) => Number(row['id'])));
    },
    add: async (row) => {
      const values = [row.secret_hash, row.agent_id, row.binding, row.opened_by, row.user_agent, row.created_at, row.used_at];
      const sql = 'insert into session (secret_hash, agent_id, binding, opened_by, user_agent, created_at, used_at) values (?, ?, ?, ?, ?, ?, ?) returning id';
      return Number((await run(fork(), sql, values))[0]?.['id']);
    },
    touch: async (ids, now) => {
      const em = fork();
      await run(em, `update session set used_at = ? where ${inList(dialectOf(em), 'id')}`, [now, listOf(ids)]);
    },
    remove: async (id) => (await run(fork(), 'delete from session where id = ? returning id', [id])).length > 0,
    prune: async (usedSince, agentId, keep) => {
      const em = fork();
      const dialect = dialectOf(em);
      const surplus = `select id from session where ${OF_OWNER[dialect]} order by used_at desc, id desc ${ALL_BEYOND[dialect]}`;
      const rows = await run(em, `delete from session where used_at <= ? or id in (${surplus}) returning id`, [usedSince, agentId, keep]);
      return rows.map((row) => Number(row['id']));
    },
  };
}
