import { expect, test } from 'vitest';
import { KEY_KEPT_MS, keepOutcomes, keyRows, type Reservation, type Reserved, type Wanted } from '#storage/idempotency.ts';
import type { Storage } from '#storage/open.ts';
import { run } from '#storage/statement.ts';
import { describeOnEach } from './databases.ts';

const T0 = 1_795_424_400_000;
const MINUTE = 60_000;
const ASKED: Wanted = { principal: 'admin', key: 'k', hash: 'h', instance: 'one', now: T0 };
const ANSWER = { status: 201, headers: { etag: '"1-x"', location: '/tasks/1' }, body: '{"name":"ü \\u0000"}' };

function reserved(found: Reservation): Reserved {
  if (found.state !== 'reserved') throw new Error(found.state);
  return found;
}
const keep = (storage: Storage, outcomes: readonly (Reserved & { outcome: unknown })[]): Promise<void> =>
  storage.em().transactional((em) => keepOutcomes(em, outcomes));

describeOnEach('idempotency keys', (databases) => {
  test('reserved, committed, answered: each is found as it is', async () => {
    const storage = await databases.open();
    const rows = keyRows(storage.em);
    const mine = reserved(await rows.reserve(ASKED));
    expect(await rows.reserve({ ...ASKED, hash: 'other' })).toEqual({ state: 'taken' });
    expect(reserved(await rows.reserve({ ...ASKED, principal: 'agent:1', hash: 'other' })).id).not.toBe(mine.id);
    await keep(storage, [{ ...mine, outcome: { task: { id: 7 }, message: "it's" } }]);
    expect(await rows.reserve({ ...ASKED, instance: 'two', now: T0 + 1 })).toMatchObject({ state: 'committed', outcome: { task: { id: 7 }, message: "it's" } });
    await rows.answer(mine, ANSWER);
    expect(await rows.reserve({ ...ASKED, instance: 'two', now: T0 + KEY_KEPT_MS - 1 })).toEqual({ state: 'answered', answer: ANSWER });
    expect(await rows.reserve({ ...ASKED, hash: 'another', now: T0 + KEY_KEPT_MS })).toMatchObject({ state: 'reserved', id: mine.id });
  });

  test('what was reserved and came to nothing may be tried again, and the first try cannot commit any more', async () => {
    const storage = await databases.open();
    const rows = keyRows(storage.em);
    const first = reserved(await rows.reserve(ASKED));
    const again = reserved(await rows.reserve(ASKED));
    expect(again).toMatchObject({ id: first.id, reserved_at: T0 + 1 });
    await expect(keep(storage, [{ ...first, outcome: {} }])).rejects.toThrow(/taken over/);
    await keep(storage, [{ ...again, outcome: {} }]);
    await expect(keep(storage, [{ ...again, outcome: {} }])).rejects.toThrow(/taken over/);
    await rows.answer(first, ANSWER);
    expect(await rows.reserve(ASKED)).toMatchObject({ state: 'committed' });
  });

  test('another coordinator is left a minute to finish; on SQLite there is no other', async () => {
    const storage = await databases.open();
    const rows = keyRows(storage.em);
    await rows.reserve(ASKED);
    const soon = await rows.reserve({ ...ASKED, instance: 'two', now: T0 + MINUTE - 1 });
    expect(soon.state).toBe(storage.dialect === 'sqlite' ? 'reserved' : 'running');
    expect((await rows.reserve({ ...ASKED, instance: 'two', now: T0 + 2 * MINUTE })).state).toBe('reserved');
  });

  test('many outcomes in one statement; all or none', async () => {
    const storage = await databases.open();
    const rows = keyRows(storage.em);
    const some: Reserved[] = [];
    for (let i = 0; i < 20; i += 1) some.push(reserved(await rows.reserve({ ...ASKED, key: `k${i}` })));
    await expect(
      keep(
        storage,
        [...some, { id: 9_999, reserved_at: T0 }].map((one) => ({ ...one, outcome: {} })),
      ),
    ).rejects.toThrow(/taken over/);
    expect((await rows.reserve({ ...ASKED, key: 'k3', hash: 'x' })).state).toBe('taken');
    await keep(
      storage,
      some.map((one, i) => ({ ...one, outcome: { i } })),
    );
    expect(await rows.reserve({ ...ASKED, key: 'k7' })).toMatchObject({ state: 'committed', outcome: { i: 7 } });
  });

  test('the old go, some at a time', async () => {
    const storage = await databases.open();
    const rows = keyRows(storage.em);
    for (let i = 0; i < 5; i += 1) await rows.reserve({ ...ASKED, key: `k${i}`, now: T0 + i });
    expect(await rows.prune(T0 + 4, 3)).toBe(true);
    expect(await rows.prune(T0 + 4, 3)).toBe(false);
    expect((await run(storage.em(), 'select request_key from idempotency')).map((row) => row['request_key'])).toEqual(['k4']);
  });
});
