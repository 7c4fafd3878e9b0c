import { jsonText, plainText } from './json.ts';
import { type Dialect, dialectOf, type Em, type Param, run } from './statement.ts';

/**
 * Idempotency keys of REST. A key is reserved before its command is submitted, and the command's outcome is written in the very transaction that
 * commits its effect. So whatever crashes when: a reservation without an outcome did nothing and may be carried out, one with an outcome is done and
 * must not be, and its answer can be made again.
 */

/** So long an answer is given again (contract §4). */
export const KEY_KEPT_MS = 86_400_000;
/** With several coordinators: a reservation of another one that is older than this and has no outcome is taken over. Longer than any request may run. */
const ABANDONED_MS = 60_000;

export interface KeptAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A reserved row, and which reservation of it. */
export interface Reserved {
  readonly id: number;
  readonly reserved_at: number;
}

export type Reservation =
  | ({ readonly state: 'reserved' } & Reserved)
  | ({ readonly state: 'committed'; readonly outcome: unknown } & Reserved)
  | { readonly state: 'answered'; readonly answer: KeptAnswer }
  /** The key belongs to another request. */
  | { readonly state: 'taken' }
  /** Another coordinator is at it. */
  | { readonly state: 'running' };

export interface Wanted {
  readonly principal: string;
  readonly key: string;
  readonly hash: string;
  readonly instance: string;
  readonly now: number;
}

/** Throws the driver's own errors (see errors.ts). */
export interface KeyRows {
  /** Committed when it resolves. Two requests of one server must not ask for the same key at once. */
  reserve(wanted: Wanted): Promise<Reservation>;
  answer(reserved: Reserved, answer: KeptAnswer): Promise<void>;
  /** Drops at most so many that were reserved before; says whether there may be more. */
  prune(before: number, limit: number): Promise<boolean>;
}

/** `fork`: gives an EntityManager that no transaction uses. */
export function keyRows(fork: () => Em): KeyRows {
  return {
    reserve: (wanted) => fork().transactional((em) => reserve(em, wanted)),
    answer: async ({ id, reserved_at }, { status, headers, body }) => {
      const sql = 'update idempotency set status = ?, headers = ?, body = ? where id = ? and reserved_at = ?';
      await run(fork(), sql, [status, JSON.stringify(headers), plainText(body), id, reserved_at]);
    },
    prune: async (before, limit) => {
      const sql = 'delete from idempotency where id in (select id from idempotency where reserved_at < ? order by reserved_at limit ?) returning id';
      return (await run(fork(), sql, [before, limit])).length === limit;
    },
  };
}

async function reserve(em: Em, wanted: Wanted): Promise<Reservation> {
  const { principal, key, hash, instance, now } = wanted;
  const [made] = await run(
    em,
    `insert into idempotency (principal, request_key, request_hash, instance, reserved_at) values (?, ?, ?, ?, ?)
     on conflict (principal, request_key) do nothing returning id`,
    [principal, key, hash, instance, now],
  );
  if (made !== undefined) return { state: 'reserved', id: Number(made['id']), reserved_at: now };
  const lock = dialectOf(em) === 'sqlite' ? '' : 'for update';
  const [row] = await run(em, `select * from idempotency where principal = ? and request_key = ? ${lock}`, [principal, key]);
  if (row === undefined) throw new Error('an idempotency key is there and cannot be read');
  const found = { id: Number(row['id']), reserved_at: Number(row['reserved_at']) };
  if (found.reserved_at <= now - KEY_KEPT_MS) return takeOver(em, found, wanted);
  if (row['request_hash'] !== hash) return { state: 'taken' };
  if (row['status'] !== null) return { state: 'answered', answer: answerOf(row) };
  if (row['outcome'] !== null) return { state: 'committed', outcome: JSON.parse(String(row['outcome'])), ...found };
  const isForeign = row['instance'] !== instance && dialectOf(em) !== 'sqlite'; // on SQLite there is one coordinator: any other one is gone
  return isForeign && found.reserved_at > now - ABANDONED_MS ? { state: 'running' } : takeOver(em, found, wanted);
}

/** A new reservation of an old row: what still holds the old one cannot commit any more (`keepOutcomes`). */
async function takeOver(em: Em, { id, reserved_at }: Reserved, { hash, instance, now }: Wanted): Promise<Reservation> {
  const at = Math.max(now, reserved_at + 1);
  const empty = 'outcome = null, status = null, headers = null, body = null';
  await run(em, `update idempotency set request_hash = ?, instance = ?, reserved_at = ?, ${empty} where id = ?`, [hash, instance, at, id]);
  return { state: 'reserved', id, reserved_at: at };
}

const answerOf = (row: Record<string, unknown>): KeptAnswer => ({
  status: Number(row['status']),
  headers: JSON.parse(String(row['headers'])),
  body: String(row['body']),
});

/**
 * Writes what commands came to beside their keys, in the transaction of `em`. Throws where a reservation is not the present one any more: somebody
 * else has taken it over, so that this command must not commit.
 */
export async function keepOutcomes(em: Em, outcomes: readonly (Reserved & { readonly outcome: unknown })[]): Promise<void> {
  if (outcomes.length === 0) return;
  const rows = outcomes.map(({ id, reserved_at, outcome }) => ({ id, at: reserved_at, outcome: jsonText(outcome) }));
  const params: Param[] = [JSON.stringify(rows)];
  const written = await run(em, KEEP[dialectOf(em)], params);
  if (written.length !== outcomes.length) throw new Error('an idempotency key was taken over by another coordinator');
}

const KEEP: Readonly<Record<Dialect, string>> = {
  sqlite: `update idempotency set outcome = r.outcome
    from (select json_extract(value, '$.id') as id, json_extract(value, '$.at') as at, json_extract(value, '$.outcome') as outcome from json_each(?)) as r
    where idempotency.id = r.id and idempotency.reserved_at = r.at and idempotency.outcome is null returning idempotency.id`,
  postgresql: `update idempotency set outcome = r.outcome from jsonb_to_recordset(?::jsonb) as r(id bigint, at bigint, outcome text)
    where idempotency.id = r.id and idempotency.reserved_at = r.at and idempotency.outcome is null returning idempotency.id`,
};
