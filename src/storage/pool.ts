/** What this needs of pg's pool and its clients. */
interface Pool {
  readonly options: { readonly types: { setTypeParser(oid: number, parse: (text: string) => unknown): void } };
  on(event: 'connect' | 'acquire', listener: (client: Client) => void): unknown;
  on(event: 'release', listener: (error: unknown, client: Client) => void): unknown;
}
interface Client {
  release(destroy?: boolean): void;
  once(event: 'end', listener: () => void): unknown;
}

/** pg_type.oid */
const INT8 = 20;
const NUMERIC = 1700;

/** Called once with each pool MikroORM makes. */
export function preparePool(pool: Pool): void {
  // PostgreSQL hands out int8 and numeric (what sum() of int8 gives) as text; ours are ids, counts and epoch milliseconds, exact as numbers.
  pool.options.types.setTypeParser(INT8, Number);
  pool.options.types.setTypeParser(NUMERIC, Number);
  giveUpLostClients(pool);
}

/**
 * A connection that is lost within a transaction goes back to the pool, to be replaced. The driver hands it back only after a rollback, which such
 * a connection cannot do: each loss would take a place in the pool for ever, until none is left, and closing would wait for it.
 */
function giveUpLostClients(pool: Pool): void {
  const inUse = new Set<Client>();
  pool.on('acquire', (client) => inUse.add(client));
  pool.on('release', (_error, client) => inUse.delete(client));
  pool.on('connect', (client) =>
    client.once('end', () => {
      if (!inUse.has(client)) return;
      const { release } = client;
      // Whoever still holds it may hand it back too; the pool throws at a second time.
      client.release = () => {};
      release.call(client, true);
    }),
  );
}
