import { readFileSync } from 'node:fs';
import { type Em, run } from './statement.ts';

export interface Holder {
  /** Made anew at each start. */
  readonly instance: string;
  readonly pid: number;
  readonly host: string;
}
type LeaseResult = { readonly ok: true } | { readonly ok: false; readonly pid: number; readonly host: string };

/** How long a lease holds without renewal; it matters only to another host, which cannot see whether the holder lives. */
export const LEASE_MS = 30_000;

interface LeaseRow extends Holder {
  readonly process_started: string | null;
  readonly expires_at: number;
}

/**
 * Makes this instance the one coordinator of the database, or names the one that is. `now` in epoch milliseconds.
 * A lease is taken over at once when its process on this host is gone (or its pid is another process by now), from another host once it has expired.
 */
export async function takeLease(em: Em, { now, ...holder }: Holder & { readonly now: number }): Promise<LeaseResult> {
  const present = await readLease(em);
  if (present !== null && present.instance !== holder.instance && isHeld(present, holder.host, now)) return { ok: false, pid: present.pid, host: present.host };
  const taken = await run(em, TAKE, [holder.instance, holder.pid, holder.host, startOf(holder.pid), now + LEASE_MS, present?.instance ?? null]);
  if (taken.length > 0) return { ok: true };
  // Another instance was faster between the two statements.
  const winner = await readLease(em);
  return { ok: false, pid: winner?.pid ?? 0, host: winner?.host ?? holder.host };
}

/** Holds on to the lease; false when it is somebody else's by now, and this instance must stop. */
export async function renewLease(em: Em, { instance, now }: { readonly instance: string; readonly now: number }): Promise<boolean> {
  return (await run(em, 'update lease set expires_at = ? where id = 1 and instance = ? returning id', [now + LEASE_MS, instance])).length > 0;
}

/** Gives the lease back, if it is still this instance's. */
export async function releaseLease(em: Em, { instance }: { readonly instance: string }): Promise<void> {
  await run(em, 'delete from lease where id = 1 and instance = ?', [instance]);
}

/** The last parameter is the instance that was found to be gone: only that one is replaced. */
const TAKE = `insert into lease (id, instance, pid, host, process_started, expires_at) values (1, ?, ?, ?, ?, ?)
  on conflict (id) do update set instance = excluded.instance, pid = excluded.pid, host = excluded.host,
    process_started = excluded.process_started, expires_at = excluded.expires_at
  where lease.instance = ? or lease.instance = excluded.instance
  returning id`;

async function readLease(em: Em): Promise<LeaseRow | null> {
  const [row] = await run(em, 'select instance, pid, host, process_started, expires_at from lease where id = 1');
  // as: the columns asked for are those of the row
  return (row as LeaseRow | undefined) ?? null;
}

function isHeld(lease: LeaseRow, host: string, now: number): boolean {
  if (lease.host !== host) return lease.expires_at > now;
  if (!isAlive(lease.pid)) return false;
  const started = startOf(lease.pid);
  return started === null || lease.process_started === null || started === lease.process_started;
}

/** Signal 0 only asks. EPERM: it lives, and is another user's. A process that ended and was not waited for yet (zombie) still answers. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !['Z', 'X'].includes(statOf(pid)?.[STATE] ?? '');
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code !== 'ESRCH';
  }
}

/** When the process started, in ticks since boot; null where the system does not say so. */
const startOf = (pid: number): string | null => statOf(pid)?.[START] ?? null;

/** proc(5), /proc/<pid>/stat: fields 3 and 22; ours are counted from the third on. */
const STATE = 0;
const START = 22 - 3;

function statOf(pid: number): string[] | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The second field is the command in parentheses and may hold anything, also spaces and parentheses.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return null;
  }
}
