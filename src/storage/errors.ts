/** The storage cannot be used as it is: `message` is one line that names it and says how to go on. It has been left untouched. */
export class StorageUnusable extends Error {
  override readonly name = 'StorageUnusable';
}

/** SQLite result codes (with their extensions, `SQLITE_IOERR_WRITE`) that say the store does not take or give data now. sqlite.org/rescode.html */
const SQLITE = /^SQLITE_(?:FULL|IOERR|READONLY|CANTOPEN|CORRUPT|NOTADB|BUSY|LOCKED|PROTOCOL|NOMEM|PERM|AUTH)(?:_|$)/;
/**
 * SQLSTATE classes: 08 connection, 53 out of resources, 57P0x shutting down, 58 system error; 25006 a read-only replica, and the
 * transient 40001, 40P01 and 55P03 (serialization, deadlock, lock). postgresql.org/docs/current/errcodes-appendix.html
 */
const SQLSTATE = /^(?:08\w{3}|53\w{3}|57P0\w|57014|58\w{3}|25006|40001|40P01|55P03|XX00[12])$/;
const SYSTEM = new Set([
  ...['ENOSPC', 'EIO', 'EROFS', 'EDQUOT', 'EMFILE', 'ENFILE', 'EACCES', 'EPERM'],
  ...['ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'ENETDOWN'],
]);
/** What pg and its pool throw without any code. */
const TEXT =
  /^(?:Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|Cannot use a pool after|The server closed the connection)/i;

/** How deep a chain of causes is followed. */
const MAX_DEPTH = 5;

/** Whether another process holds the lock of an SQLite file. */
export const isBusy = (error: unknown): boolean => error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_BUSY');

/**
 * Whether this error says that the store is full, broken or out of reach, so that the same work may succeed later:
 * as opposed to a mistake in it (a broken constraint, a wrong statement), which would fail again.
 */
export function isStorageFailure(error: unknown, depth = 0): boolean {
  if (!(error instanceof Error) || depth > MAX_DEPTH) return false;
  // as: SQLite, PostgreSQL and Node all put their code there, and MikroORM's exceptions copy it; whether it is a text is looked at
  const { code } = error as { code?: unknown };
  if (typeof code === 'string' && (SQLITE.test(code) || SQLSTATE.test(code) || SYSTEM.has(code))) return true;
  if (TEXT.test(error.message)) return true;
  if (error instanceof AggregateError) return error.errors.some((inner) => isStorageFailure(inner, depth + 1));
  return isStorageFailure(error.cause, depth + 1);
}
