import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Change } from '#domain/draft.ts';
import type { Database } from '#storage/options.ts';
import { type PostgresServer, postgresMissing, startPostgres } from '#test/support/postgres.ts';
import { agentRow, assignmentRow, eventRow, notificationRow, T0, taskRow } from '#test/support/rows.ts';
import { type HttpFixture, startHttp } from './fixture.ts';

const HOUR = 3_600_000;
const task = (id: number, more: Parameters<typeof taskRow>[1]): Change => ({ op: 'insert', table: 'task', row: taskRow(id, more) });

/** Tasks 1 to 8; agents of every status. */
const LISTS: Change[] = [
  { op: 'insert', table: 'agent', row: agentRow(1, 'Ruto', { type: 'main_agent' }) },
  { op: 'insert', table: 'agent', row: agentRow(2, 'alice', { capabilities: ['python', 'prose'] }) },
  { op: 'insert', table: 'agent', row: agentRow(3, 'bob', { capabilities: ['pyth'] }) },
  { op: 'insert', table: 'agent', row: agentRow(4, 'carol_1', { is_offline: true, capabilities: ['python'] }) },
  { op: 'insert', table: 'agent', row: agentRow(5, 'Retired', { is_active: false, capabilities: ['python'] }) },
  task(1, { priority: 5, deadline: T0 + 3 * HOUR }),
  task(2, { priority: -1 }),
  task(3, { priority: 5, deadline: T0 + HOUR, status: 'in_progress' }),
  task(4, { priority: 0, deadline: T0 + HOUR }),
  task(5, { priority: 0 }),
  task(6, { priority: 9, deadline: T0 + 2 * HOUR, status: 'done' }),
  task(7, { priority: 9, deadline: T0, deleted_at: T0 }),
  task(8, { priority: 0 }),
  { op: 'insert', table: 'assignment', row: assignmentRow(1, 1, 2, { status: 'acknowledged' }) },
  { op: 'insert', table: 'assignment', row: assignmentRow(2, 2, 2, { status: 'pending' }) },
  { op: 'insert', table: 'assignment', row: assignmentRow(3, 3, 3, { status: 'snoozed' }) },
  { op: 'insert', table: 'assignment', row: assignmentRow(4, 4, 4, { status: 'acknowledged' }) },
  { op: 'insert', table: 'assignment', row: assignmentRow(5, 6, 1, { status: 'completed', closed_at: T0 }) },
  ...[1, 2, 3].map((id): Change => ({ op: 'insert', table: 'notification', row: notificationRow(id, { read_at: id === 2 ? T0 : null }) })),
  { op: 'insert', table: 'event', row: eventRow(1, { kind: 'task.created', task_id: 1 }) },
  { op: 'insert', table: 'event', row: eventRow(2, { kind: 'assignment.assigned', task_id: 1 }) },
  { op: 'insert', table: 'event', row: eventRow(3, { kind: 'assignment.acknowledged', task_id: 1 }) },
  { op: 'insert', table: 'event', row: eventRow(4, { kind: 'agent.online', agent_id: 2 }) },
];

const onEach = (name: string, fresh: () => Promise<Database | undefined>): void => {
  describe(name, () => {
    let http: HttpFixture;
    beforeAll(async () => {
      http = await startHttp({}, LISTS, await fresh());
    });
    afterAll(() => http.close());

    const page = async (path: string) => (await http.ask('admin', 'GET', path)).json;
    const ids = async (path: string): Promise<number[]> => (await page(path)).items.map(({ id }: { id: number }) => id);
    /** The whole list, page by page. */
    const walked = async (path: string, limit: number): Promise<number[]> => {
      const found: number[] = [];
      for (let cursor: string | null = ''; cursor !== null; ) {
        const { items, next_cursor } = await page(`${path}&limit=${limit}${cursor === '' ? '' : `&cursor=${cursor}`}`);
        found.push(...items.map(({ id }: { id: number }) => id));
        cursor = next_cursor;
      }
      return found;
    };

    const ORDERS: [string, number[]][] = [
      ['-created_at', [8, 6, 5, 4, 3, 2, 1]],
      ['created_at', [1, 2, 3, 4, 5, 6, 8]],
      ['priority', [2, 4, 5, 8, 1, 3, 6]],
      ['-priority', [6, 3, 1, 8, 5, 4, 2]],
      ['deadline', [3, 4, 6, 1, 2, 5, 8]],
      ['-deadline', [1, 6, 4, 3, 8, 5, 2]],
    ];
    for (const [sort, order] of ORDERS) {
      test(`tasks by ${sort}, in pages of any size, alone and with a filter`, async () => {
        expect(await ids(`/tasks?sort=${sort}`)).toEqual(order);
        for (const limit of [1, 2, 3, 7]) expect(await walked(`/tasks?sort=${sort}`, limit), `pages of ${limit}`).toEqual(order);
        const todo = order.filter((id) => ![3, 6].includes(id));
        expect(await walked(`/tasks?sort=${sort}&status=todo`, 2)).toEqual(todo);
        expect(await walked(`/tasks?sort=${sort}&agent=alice`, 1)).toEqual(order.filter((id) => id === 1 || id === 2));
      });
    }

    test('a page goes on where the last one ended, whatever is written meanwhile', async () => {
      for (const [sort, order] of ORDERS) {
        await using busy = await startHttp({}, LISTS, await fresh());
        const first = (await busy.ask('admin', 'GET', `/tasks?sort=${sort}&limit=3`)).json;
        const seen: number[] = first.items.map(({ id }: { id: number }) => id);
        expect(seen).toEqual(order.slice(0, 3));
        const extremes = [T0 - HOUR, T0 + 90 * 60_000, T0 + 9 * HOUR, null];
        await busy.write([-9, 0, 3, 99].map((priority, i) => task(100 + i, { priority, deadline: extremes[i] ?? null })));
        await busy.write([{ op: 'update', table: 'task', id: order[0] ?? 0, patch: { deleted_at: T0 } }]);
        const rest = (await busy.ask('admin', 'GET', `/tasks?sort=${sort}&cursor=${first.next_cursor}`)).json.items.map(({ id }: { id: number }) => id);
        expect(
          rest.filter((id: number) => id < 100),
          sort,
        ).toEqual(order.slice(3));
      }
    });

    test('a cursor of another order is none of this one', async () => {
      const { next_cursor } = await page('/tasks?sort=priority&limit=2');
      for (const path of [`/tasks?cursor=${next_cursor}`, `/tasks?sort=-priority&cursor=${next_cursor}`, '/tasks?sort=name'])
        expect((await http.ask('admin', 'GET', path)).status, path).toBe(400);
    });

    test('the numbers of tasks, by status and by where they stand', async () => {
      const counts = { todo: 5, in_progress: 1, done: 1, cancelled: 0, unassigned: 2, pending: 1, acknowledged: 2, snoozed: 1, needs_attention: 0 };
      expect(await page('/tasks/counts')).toEqual(counts);
      const more = [...Array(2_600).keys()].map((i) => task(100 + i, i % 2 === 0 ? { needs_attention: 'no_target' } : { status: 'in_progress' }));
      await using large = await startHttp({}, [...more, ...[...Array(300).keys()].map((i) => task(5_000 + i, { status: 'cancelled' }))], await fresh());
      const { json } = await large.ask('admin', 'GET', '/tasks/counts');
      expect(json).toMatchObject({ todo: 1_300, in_progress: 1_300, cancelled: 300, unassigned: 1_300, needs_attention: 1_300, pending: 0 });
      await large.write([...Array(2_000).keys()].map((i) => task(10_000 + i, {})));
      expect((await large.ask('admin', 'GET', '/tasks/counts')).json).toMatchObject({ todo: 3_300, unassigned: 3_300, needs_attention: 1_300 });
    });

    test('agents by status, type, capability and name', async () => {
      expect(await ids('/agents?status=working')).toEqual([2]);
      expect(await ids('/agents?status=busy')).toEqual([3]);
      expect(await ids('/agents?status=idle')).toEqual([1]);
      expect(await ids('/agents?status=offline')).toEqual([4]);
      for (const { id, status } of (await page('/agents')).items) expect(await ids(`/agents?status=${status}`)).toContain(id);
      expect(await ids('/agents?type=main_agent')).toEqual([1]);
      expect(await ids('/agents?capability=python')).toEqual([2, 4]);
      expect(await ids('/agents?capability=python&is_active=any')).toEqual([2, 4, 5]);
      expect(await ids('/agents?capability=pyth')).toEqual([3]);
      expect(await ids('/agents?q=OL_')).toEqual([4]);
      expect(await ids('/agents?q=r&type=sub_agent&status=offline&capability=python')).toEqual([4]);
      expect((await http.ask('admin', 'GET', '/agents?status=asleep')).status).toBe(400);
    });

    test('events of one kind, of all of a thing, of several', async () => {
      expect(await ids('/events?kind=task.created')).toEqual([1]);
      expect(await ids('/events?kind=assignment.*')).toEqual([2, 3]);
      expect(await ids('/events?kind=assignment.assigned,agent.*')).toEqual([2, 4]);
      for (const kind of ['nothing', 'nothing.*', '*', 'task.*,', 'task.created,nothing.made', "task.*'"])
        expect((await http.ask('admin', 'GET', `/events?kind=${encodeURIComponent(kind)}`)).status, kind).toBe(400);
    });

    test('notifications that nobody has read', async () => {
      expect(await ids('/notifications')).toEqual([3, 2, 1]);
      expect(await ids('/notifications?unread=true')).toEqual([3, 1]);
      expect(await walked('/notifications?unread=true', 1)).toEqual([3, 1]);
      expect(await ids('/notifications?unread=false')).toEqual([3, 2, 1]);
    });
  });
};

onEach('lists on sqlite', async () => undefined);

describe.skipIf(postgresMissing)('lists on postgresql', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
  }, 60_000);
  afterAll(() => server[Symbol.asyncDispose]());
  onEach('the same', async () => ({ kind: 'postgresql', url: await server.createDatabase() }));
});
