import { expect, test } from 'vitest';
import type { Change } from '#domain/draft.ts';
import { wordsOf } from '#schemas/search.ts';
import { createReads, type EventFilter } from '#storage/reads/reads.ts';
import { writeChanges } from '#storage/write.ts';
import { describeOnEach } from './databases.ts';
import { ROWS } from './rows.ts';

/** Of this task: many close together, on both sides of the blocks' edges, and far apart. */
const OURS = [...Array.from({ length: 40 }, (_, n) => 4_080 + n), 8_191, 8_192, 12_287, 70_000, 1_000_000, 9_000_000, 9_000_001, 100_000_000];
const OTHERS = [1, 4_079, 4_130, 500_000, 99_999_999, 100_000_001];

const event = (id: number, task_id: number): Change => ({
  op: 'insert',
  table: 'event',
  row: {
    ...ROWS.event,
    id,
    at: id,
    kind: id % 5 === 0 ? 'assignment.pinged' : 'assignment.acknowledged',
    task_id,
    agent_id: id % 3,
    message_key: null,
    data: { note: id % 2 === 0 ? 'even' : 'odd' },
  },
});

const PLAIN: EventFilter = { owner_id: null, task_id: 21 };
const FILTERS: readonly (readonly [string, EventFilter, (id: number) => boolean])[] = [
  ['all', PLAIN, () => true],
  ['of one agent', { ...PLAIN, agent_id: 2 }, (id) => id % 3 === 2],
  ['of one kind', { ...PLAIN, kinds: ['assignment.pinged'] }, (id) => id % 5 === 0],
  ['as an agent sees it that never held it', { ...PLAIN, owner_id: 1 }, (id) => id % 3 === 1],
  ['of a span of time', { ...PLAIN, since: 4_085, until: 9_000_001 }, (id) => id >= 4_085 && id < 9_000_001],
  ['searched', { ...PLAIN, search: { words: wordsOf('even'), seenAs: (seen) => seen } }, (id) => id % 2 === 0],
];

describeOnEach('the events of a task', (databases) => {
  test.each(FILTERS)('are found in order, however far apart and in whatever pages: %s', async (_name, filter, is) => {
    const storage = await databases.open();
    await storage.em().transactional((em) => writeChanges(em, [...OURS.map((id) => event(id, 21)), ...OTHERS.map((id) => event(id, 22))]));
    const { events } = createReads(() => storage.em());
    for (const newest_first of [false, true]) {
      const wanted = OURS.filter(is);
      if (newest_first) wanted.reverse();
      for (const limit of [1, 7, 1000]) {
        const found: number[] = [];
        let beyond: number | null = null;
        do {
          const page: Awaited<ReturnType<typeof events>> = await events({ ...filter, newest_first }, { limit, beyond });
          expect(page.items.length).toBeLessThanOrEqual(limit);
          found.push(...page.items.map(({ id }) => id));
          beyond = page.next;
        } while (beyond !== null);
        expect(found, `${limit} ${newest_first ? 'newest' : 'oldest'} first`).toEqual(wanted);
      }
    }
  });
});
