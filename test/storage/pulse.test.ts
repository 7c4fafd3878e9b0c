import { expect, test } from 'vitest';
import { presence } from '#storage/pulse.ts';
import { run } from '#storage/statement.ts';
import { describeOnEach } from './databases.ts';

const NOW = Date.UTC(2026, 10, 23, 9, 17, 31);

describeOnEach('the self-heartbeat', (databases) => {
  test('presence: gaps are down, before the first start there is nothing', async () => {
    const storage = await databases.open();
    const [from, to] = [NOW - 1000_000, NOW];
    expect(await presence(storage.em(), from, to)).toEqual({ up_ms: 0, known_ms: 0, before_ms: 1000_000, skipped_ms: 0 });
    const pulse = (instance: string, start: number, stop: number): Promise<unknown> =>
      run(storage.em(), 'insert into pulse (instance, from_at, until_at, monotonic) values (?, ?, ?, ?)', [instance, from + start, from + stop, stop]);
    await pulse('a', 100_000, 300_000);
    await pulse('a', 400_000, 500_000);
    await pulse('b', 700_000, 995_000);
    expect(await presence(storage.em(), from, to)).toEqual({ up_ms: 600_000, known_ms: 900_000, before_ms: 100_000, skipped_ms: 0 });
    expect(await presence(storage.em(), from + 200_000, to)).toEqual({ up_ms: 500_000, known_ms: 800_000, before_ms: 0, skipped_ms: 0 });
  });
});
