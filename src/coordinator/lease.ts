import { isBusy } from '#storage/errors.ts';
import { type Holder, releaseLease, renewLease, takeLease } from '#storage/lease.ts';
import type { Storage } from '#storage/open.ts';
import { run } from '#storage/statement.ts';

/** Another coordinator runs on this database. `message` is one line that names its process. */
export class LeaseHeld extends Error {
  override readonly name = 'LeaseHeld';
}

interface HeldLease {
  /** False when the lease is somebody else's by now: this instance must not write any more. */
  renew(now: number): Promise<boolean>;
  release(): Promise<void>;
}

/** Makes this instance the only coordinator of the database and brings its schema up to date; in this order, so that a second one disturbs nothing. */
export async function holdLease(storage: Storage, holder: Holder, now: number): Promise<HeldLease> {
  const isNew = !(await hasLeaseTable(storage));
  if (isNew) await storage.migrateUp().catch(refuseTwins);
  const taken = await takeLease(storage.em(), { ...holder, now });
  if (!taken.ok)
    throw new LeaseHeld(`another coordinator runs on this database: process ${taken.pid} on ${taken.host}; stop it first, or use another DATA_DIR`);
  if (!isNew) await storage.migrateUp();
  return {
    renew: (at) => renewLease(storage.em(), { instance: holder.instance, now: at }),
    release: () => releaseLease(storage.em(), { instance: holder.instance }),
  };
}

/** Two that start for the first time at once both find no lease to ask for: one waits for the other's lock in vain, or finds its tables. */
function refuseTwins(error: unknown): never {
  const isMade = error instanceof Error && /^table .* already exists/.test(error.message);
  if (!isBusy(error) && !isMade) throw error;
  throw new LeaseHeld('another process is making this database at this very moment; start again to see whether it is a coordinator', { cause: error });
}

async function hasLeaseTable(storage: Storage): Promise<boolean> {
  const sql =
    storage.dialect === 'sqlite'
      ? `select 1 as x from sqlite_master where name = 'lease'`
      : `select 1 as x from information_schema.tables where table_name = 'lease' and table_schema = current_schema()`;
  return (await run(storage.em(), sql)).length > 0;
}
