import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { hostname } from 'node:os';
import { expect, test } from 'vitest';
import { LEASE_MS, releaseLease, renewLease, takeLease } from '#storage/lease.ts';
import { run } from '#storage/statement.ts';
import { describeOnEach } from './databases.ts';

const host = hostname();
const pid = process.pid;
const now = 1_795_424_400_000;

describeOnEach('the lease', (databases) => {
  test('one holds it, a second is told who; the holder may take it again, and gives it back', async () => {
    const storage = await databases.open();
    expect(await takeLease(storage.em(), { instance: 'a', pid, host, now })).toEqual({ ok: true });
    expect(await takeLease(storage.em(), { instance: 'b', pid: 1, host, now })).toEqual({ ok: false, pid, host });
    // Its process lives: however long it has not renewed.
    expect(await takeLease(storage.em(), { instance: 'b', pid: 1, host, now: now + 10 * LEASE_MS })).toEqual({ ok: false, pid, host });
    expect(await takeLease(storage.em(), { instance: 'a', pid, host, now })).toEqual({ ok: true });
    await releaseLease(storage.em(), { instance: 'b' });
    expect(await renewLease(storage.em(), { instance: 'b', now })).toBe(false);
    expect(await renewLease(storage.em(), { instance: 'a', now })).toBe(true);
    await releaseLease(storage.em(), { instance: 'a' });
    expect(await renewLease(storage.em(), { instance: 'a', now })).toBe(false);
    expect(await takeLease(storage.em(), { instance: 'b', pid, host, now })).toEqual({ ok: true });
  });

  test('a dead process has lost it at once, also while nobody has waited for it', async () => {
    const storage = await databases.open();
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    const gone = once(child, 'exit');
    const dead = { instance: 'dead', pid: child.pid ?? 0, host, now };
    expect(await takeLease(storage.em(), dead)).toEqual({ ok: true });
    expect(await takeLease(storage.em(), { instance: 'b', pid, host, now })).toEqual({ ok: false, pid: dead.pid, host });
    child.kill('SIGKILL');
    await gone;
    expect(await takeLease(storage.em(), { instance: 'b', pid, host, now })).toEqual({ ok: true });
    expect(await renewLease(storage.em(), { instance: 'dead', now })).toBe(false);
  });

  test.skipIf(process.platform !== 'linux')('a pid that is another process by now does not hold it', async () => {
    const storage = await databases.open();
    await takeLease(storage.em(), { instance: 'a', pid, host, now });
    await run(storage.em(), `update lease set process_started = ?`, ['1']);
    expect(await takeLease(storage.em(), { instance: 'b', pid, host, now })).toEqual({ ok: true });
  });

  test('that of another host is taken over once it has expired', async () => {
    const storage = await databases.open();
    const elsewhere = { instance: 'a', pid: 1, host: 'elsewhere.example' };
    await takeLease(storage.em(), { ...elsewhere, now });
    expect(await takeLease(storage.em(), { instance: 'b', pid, host, now: now + LEASE_MS - 1 })).toEqual({ ok: false, pid: 1, host: elsewhere.host });
    expect(await renewLease(storage.em(), { instance: 'a', now: now + 10 })).toBe(true);
    expect(await takeLease(storage.em(), { instance: 'b', pid, host, now: now + LEASE_MS })).toMatchObject({ ok: false });
    expect(await takeLease(storage.em(), { instance: 'b', pid, host, now: now + LEASE_MS + 10 })).toEqual({ ok: true });
  });

  test('of many that want it at once, one gets it', async () => {
    const storage = await databases.open();
    const results = await Promise.all(Array.from({ length: 8 }, (_, i) => takeLease(storage.em(), { instance: `i${i}`, pid, host, now })));
    expect(results.filter(({ ok }) => ok)).toHaveLength(1);
    expect(results.filter(({ ok }) => !ok)).toEqual(Array(7).fill({ ok: false, pid, host }));
  });
});
