import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Change } from '#domain/draft.ts';
import type { Event } from '#schemas/resources.ts';
import type { Database } from '#storage/options.ts';
import { type PostgresServer, postgresMissing, startPostgres } from '#test/support/postgres.ts';
import { agentRow, assignmentRow, eventRow, T0, taskRow } from '#test/support/rows.ts';
import { type HttpFixture, startHttp, type Who } from './fixture.ts';

const event = (id: number, more: Parameters<typeof eventRow>[1]): Change => ({ op: 'insert', table: 'event', row: eventRow(id, more) });

/** Task 1 is alice's, task 2 bob's, task 12 is deleted. */
const WORLD: Change[] = [
  { op: 'insert', table: 'agent', row: agentRow(1, 'Ruto', { type: 'main_agent' }) },
  { op: 'insert', table: 'agent', row: agentRow(2, 'alice') },
  { op: 'insert', table: 'agent', row: agentRow(3, 'bob') },
  { op: 'insert', table: 'task', row: taskRow(1, { name: 'Prüfe die STRASSE am Ölberg' }) },
  { op: 'insert', table: 'task', row: taskRow(2, { name: 'Count 100% of C:\\temp_1' }) },
  { op: 'insert', table: 'task', row: taskRow(12, { name: 'Zebra', deleted_at: T0 }) },
  { op: 'insert', table: 'assignment', row: assignmentRow(1, 1, 2, { status: 'acknowledged' }) },
  { op: 'insert', table: 'assignment', row: assignmentRow(2, 2, 3) },
  event(1, { task_id: 1 }),
  event(2, { task_id: 2, data: { note: 'said "so" on\nwindows' } }),
  event(3, { kind: 'assignment.acknowledged', task_id: 1, agent_id: 2, actor: 'alice', token_id: 'abc123', data: { note: 'ΣΊΣΥΦΟΣ', progress: 0.25 } }),
  event(4, { kind: 'assignment.failed', task_id: 2, agent_id: 3, actor: 'bob', data: { reason: 'reported', note: 'no access since 2012' } }),
  event(5, { kind: 'message.refused', agent_id: 2, actor: 'alice', data: { topic: 'agents/alice/ack', code: 'invalid_payload', payload: 'hush alice' } }),
  event(6, { kind: 'message.refused', agent_id: 3, task_id: 1, actor: 'x', data: { topic: 'agents/bob/ack', code: 'task_closed', payload: 'hush bob' } }),
  event(7, { kind: 'task.deleted', task_id: 12, data: { deep: [{ er: ['Needle'] }] } }),
];

const onEach = (name: string, fresh: () => Promise<Database | undefined>): void => {
  describe(name, () => {
    let http: HttpFixture;
    beforeAll(async () => {
      http = await startHttp({}, WORLD, await fresh());
    });
    afterAll(() => http.close());

    const body = async (q: string, more = '', who: Who = 'admin') => (await http.ask(who, 'GET', `/events?q=${encodeURIComponent(q)}${more}`)).json;
    const found = async (q: string, more = '', who: Who = 'admin'): Promise<number[]> => (await body(q, more, who)).items.map(({ id }: Event) => id);

    const FINDS: [what: string, q: string, ids: number[]][] = [
      ['everything by nothing', '', [1, 2, 3, 4, 5, 6, 7]],
      ['everything by white space and quotes', ' "" ', [1, 2, 3, 4, 5, 6, 7]],
      ['a kind', 'message.REFUSED', [5, 6]],
      ['an actor, and an agent by its name', 'BOB', [4, 6]],
      ['a task by its name', 'temp', [2, 4]],
      ['a deleted task by its name', 'zebra', [7]],
      ['a token', 'abc123', [3]],
      ['a text in data', 'reported', [4]],
      ['a text deep in data', 'needle', [7]],
      ['no name of a field', 'note', []],
      ['a number in data', '0.25', [3]],
      ['every word, wherever', 'alice invalid', [5]],
      ['not one of the words alone', 'alice reported', []],
      ['several words as one', '"no access"', [4]],
      ['not in another order', '"access no"', []],
      ['a quote that is still open', '"no acc', [4]],
      ['small and capital letters of any script', 'straße prÜFE', []],
      ['letters that differ in case alone', 'ölBERG prÜFE', [1, 3, 6]],
      ['Greek in capitals', 'σίσυφο', [3]],
      ['a percent sign as itself', '0%', [2, 4]],
      ['an underscore as itself', 'temp_1', [2, 4]],
      ['no wildcard', 'te_p', []],
      ['no wildcard either', 'c%t', []],
      ['a backslash as itself', 'c:\\temp', [2, 4]],
      ['what JSON writes otherwise', '"so', [2]],
      ['an id of a task', '12', [7]],
      ['an id as it is shown', '#12', [7]],
      ['a number by itself', '2012', [4]],
      ['ids of tasks and agents', '3', [4, 6]],
    ];
    test.each(FINDS)('finds %s: %s', async (_, q, ids) => {
      expect(await found(q)).toEqual(ids);
      expect(await found(q, '&order=desc')).toEqual(ids.toReversed());
    });

    test('beside the other filters', async () => {
      expect(await found('hush', '&agent=bob')).toEqual([6]);
      expect(await found('alice', '&task=1&kind=assignment.*')).toEqual([3]);
      expect(await found('alice', '&task=1&after=3')).toEqual([]);
      expect(await found('alice', '&agent=nobody')).toEqual([]);
      expect((await http.ask('admin', 'GET', '/events?q=a+b+c+d+e+f+g+h+i')).json.errors).toEqual([{ pointer: '/q', message: 'must be 8 words at most' }]);
    });

    test('between two moments, beside the other filters or without', async () => {
      await using timed = await startHttp({}, WORLD.slice(0, 3), await fresh());
      const MINUTE = 60_000;
      // Ids with gaps, several events of one moment.
      const rows = (
        [
          [3, 0],
          [4, 0],
          [9, 1],
          [20, 2],
          [21, 2],
          [22, 2],
          [50, 3],
        ] as const
      ).map(([id, minute]) => event(id, { at: T0 + minute * MINUTE, data: { note: `no ${id}` } }));
      await timed.write(rows);
      const at = (minute: number): string => encodeURIComponent(new Date(T0 + minute * MINUTE).toISOString());
      const ids = async (query: string): Promise<number[]> => (await timed.ask('admin', 'GET', `/events?${query}`)).json.items.map(({ id }: Event) => id);
      expect(await ids(`since=${at(0)}`)).toEqual([3, 4, 9, 20, 21, 22, 50]);
      expect(await ids(`since=${at(1)}&until=${at(3)}`)).toEqual([9, 20, 21, 22]);
      expect(await ids(`since=${at(1.5)}&order=desc`)).toEqual([50, 22, 21, 20]);
      expect(await ids(`until=${at(2)}&order=desc`)).toEqual([9, 4, 3]);
      expect(await ids(`until=${at(2.01)}&q=2&order=desc&limit=2`)).toEqual([]);
      expect(await ids(`until=${at(2.01)}&q=22&order=desc`)).toEqual([22]);
      expect(await ids(`until=${at(3)}&after=9`)).toEqual([20, 21, 22]);
      for (const none of [`until=${at(0)}`, `since=${at(4)}`, `since=${at(2)}&until=${at(1)}`]) expect(await ids(none), none).toEqual([]);
      const first = (await timed.ask('admin', 'GET', `/events?until=${at(3)}&order=desc&limit=2`)).json;
      expect(first.items.map(({ id }: Event) => id)).toEqual([22, 21]);
      expect(await ids(`until=${at(3)}&order=desc&cursor=${first.next_cursor}`)).toEqual([20, 9, 4, 3]);
      expect((await timed.ask('admin', 'GET', '/events?since=yesterday')).status).toBe(400);
      await using empty = await startHttp({}, WORLD.slice(0, 3), await fresh());
      expect((await empty.ask('admin', 'GET', `/events?since=${at(0)}&until=${at(9)}`)).json).toEqual({ items: [], next_cursor: null, searched_to: null });
    });

    test('finds nothing that its asker may not read, and no way to tell', async () => {
      expect(await found('hush', '', 'admin')).toEqual([5, 6]);
      expect(await found('hush', '', 'main')).toEqual([]);
      expect(await found('hush', '', 'own')).toEqual([5]);
      expect(await found('hush', '', 'other')).toEqual([6]);
      expect(await body('hush', '&limit=1', 'main')).toEqual(await body('nothing like it', '&limit=1', 'main'));
      for (const who of ['main', 'own', 'other'] as const) expect(await found('task_closed', '', who), who).toEqual([6]);
      // Task 1 is not bob's, though event 6 is of both; and who bob is, alice need not know.
      expect(await found('ölberg', '', 'own')).toEqual([1, 3, 6]);
      expect(await found('ölberg', '', 'other')).toEqual([]);
      expect(await found('"bob"', '&kind=message.*', 'own')).toEqual([6]); // its topic
      await http.write([event(20, { kind: 'assignment.escalated', task_id: 1, agent_id: 3 }), event(21, { kind: 'assignment.escalated', agent_id: 2 })]);
      expect(await found('bob', '&kind=assignment.escalated', 'own')).toEqual([]);
      expect(await found('alice', '&kind=assignment.escalated', 'own')).toEqual([21]);
      expect(await found('bob', '&kind=assignment.escalated', 'main')).toEqual([20]);
    });

    test('is done piece by piece, without gap or duplicate, while events are added', async () => {
      await using long = await startHttp({}, WORLD.slice(0, 3), await fresh());
      const needle = (id: number): Change => event(id, { at: T0 + id, task_id: 7, data: { note: 'needle' } });
      const wanted = [10, 5_000, 5_001, 99_999, 100_000, 100_001, 250_000];
      const others = Array.from({ length: 2_499 }, (_, i) => 100 * (i + 1)).filter((id) => !wanted.includes(id));
      await long.write([...others.map((id) => event(id, { at: T0 + id, task_id: id % 3 })), ...wanted.map(needle)].toSorted((a, b) => idOf(a) - idOf(b)));
      let last = 250_000;
      for (const [order, more] of [
        ['desc', ''],
        ['asc', ''],
        ['desc', '&task=7'],
        ['asc', '&task=7'],
      ]) {
        const known = [...wanted, ...added(last)];
        const seen: number[] = [];
        const reached: (string | null)[] = [];
        for (let cursor: string | null = '', page = 0; cursor !== null && page < 30; page += 1) {
          const { json } = await long.ask('admin', 'GET', `/events?q=needle&limit=2&order=${order}${more}${cursor === '' ? '' : `&cursor=${cursor}`}`);
          expect(json.items.length).toBeLessThanOrEqual(2);
          expect(json.searched_to === null).toBe(json.next_cursor === null);
          seen.push(...json.items.map(({ id }: Event) => id));
          reached.push(json.searched_to);
          cursor = json.next_cursor;
          if (page >= 2) continue;
          last += 1;
          await long.write([needle(last)]);
        }
        expect(seen, `${order}${more}`).toEqual(order === 'desc' ? known.toReversed() : [...known, last - 1, last]);
        const times = reached.filter((time) => time !== null);
        expect(times, `${order}${more}`).toEqual(order === 'desc' ? times.toSorted().toReversed() : times.toSorted());
      }
      const { items, next_cursor, searched_to } = (await long.ask('admin', 'GET', '/events?q=nowhere&order=desc')).json;
      expect([items, typeof next_cursor]).toEqual([[], 'string']);
      expect(Date.parse(searched_to)).toBeGreaterThan(T0 + 100);
      expect(Date.parse(searched_to)).toBeLessThan(T0 + 250_000);
    });
  });
};

const idOf = (change: Change): number => (change.op === 'insert' ? change.row.id : 0);
/** What was written beyond 250,000. */
const added = (last: number): number[] => Array.from({ length: last - 250_000 }, (_, i) => 250_001 + i);

describe('GET /events?q=', () => {
  onEach('on sqlite', async () => undefined);
  describe.skipIf(postgresMissing)('with a server', () => {
    let server: PostgresServer;
    beforeAll(async () => {
      server = await startPostgres();
    }, 60_000);
    afterAll(() => server[Symbol.asyncDispose]());
    onEach('on postgresql', async () => ({ kind: 'postgresql', url: await server.createDatabase() }));
  });
});
