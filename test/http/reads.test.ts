import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Change } from '#domain/draft.ts';
import type { Database } from '#storage/options.ts';
import { type PostgresServer, postgresMissing, startPostgres } from '#test/support/postgres.ts';
import { agentRow, assignmentRow, commentRow, eventRow, notificationRow, pingRow, T0, taskRow } from '#test/support/rows.ts';
import { type HttpFixture, startHttp, WHY } from './fixture.ts';

const MORE: Change[] = [
  { op: 'insert', table: 'agent', row: agentRow(10, 'Idle') },
  { op: 'insert', table: 'agent', row: agentRow(11, 'Gone', { is_offline: true }) },
  { op: 'insert', table: 'agent', row: agentRow(12, 'Retired', { is_active: false }) },
  {
    op: 'insert',
    table: 'agent',
    row: agentRow(13, 'Many', { max_concurrent: 9, endpoint_url: 'https://example.com/x', last_heartbeat: T0 + 1, revision: 4 }),
  },
  {
    op: 'insert',
    table: 'task',
    row: taskRow(20, {
      name: '100% sure',
      description: 'Straße_1',
      priority: 2,
      blocked_by: [1, 2],
      escalation_chain: ['Ruto'],
      needs_attention: 'no_target',
      deadline: T0 + 60_000,
      revision: 3,
      ping_interval_minutes: 0.05,
    }),
  },
  { op: 'insert', table: 'task', row: taskRow(21, { name: 'Report', status: 'done', closed_at: T0 }) },
  {
    op: 'insert',
    table: 'task',
    row: taskRow(22, { name: 'report again', status: 'in_progress', needs_attention: 'deadline_passed', is_ping_enabled: false }),
  },
  { op: 'insert', table: 'task', row: taskRow(23) },
  { op: 'insert', table: 'assignment', row: assignmentRow(20, 21, 13, { status: 'completed', closed_at: T0, result: { ok: true }, progress: 1 }) },
  {
    op: 'insert',
    table: 'assignment',
    row: assignmentRow(21, 22, 13, { status: 'acknowledged', last_ping_sent: T0 + 10, last_ping_row: 3, last_ack_at: T0 + 20 }),
  },
  { op: 'insert', table: 'assignment', row: assignmentRow(22, 23, 13, { status: 'snoozed', snooze_until: T0 + 99, last_ping_sent: T0 + 5 }) },
  {
    op: 'insert',
    table: 'assignment',
    row: assignmentRow(23, 20, 13, { status: 'failed', failure_reason: 'timeout', last_ping_sent: T0 + 77, last_ack_at: T0 + 66, closed_at: T0 + 80 }),
  },
  { op: 'insert', table: 'ping', row: pingRow(1, 21, 13, { delivered_at: T0 + 11 }) },
  { op: 'insert', table: 'ping', row: pingRow(2, 21, 13, { delivered_at: T0 + 12, previous_row: 1 }) },
  { op: 'insert', table: 'ping', row: pingRow(3, 21, 13, { previous_row: 2 }) },
];

/** GETs over real storage: the same tests on each database. `fresh`: an empty database, undefined for a new SQLite file. */
const onEach = (name: string, fresh: () => Promise<Database | undefined>): void => {
  describe(name, () => {
    let http: HttpFixture;
    beforeAll(async () => {
      http = await startHttp({}, undefined, await fresh());
      await http.write(MORE);
    });
    afterAll(() => http.close());

    const items = async (path: string) => (await http.ask('admin', 'GET', path)).json.items;
    const ids = async (path: string): Promise<number[]> => (await items(path)).map(({ id }: { id: number }) => id);

    describe('agents', () => {
      test('every field of the contract, and the revision as ETag', async () => {
        const answer = await http.ask('admin', 'GET', '/agents/13');
        expect(answer.headers.get('etag')).toBe('"4"');
        expect(answer.json).toEqual({
          id: 13,
          name: 'Many',
          type: 'sub_agent',
          status: 'working',
          last_acknowledgment: null,
          current_task_id: 22,
          capabilities: [],
          endpoint_url: 'https://example.com/x',
          timeout_minutes: 30,
          max_concurrent: 9,
          is_active: true,
          token_id: '85ab21d7',
          last_heartbeat: '2026-11-23T09:00:00.001Z',
          created_at: '2026-11-23T09:00:00.000Z',
        });
      });

      test('status and current task are derived', async () => {
        const seen = (await items('/agents?is_active=any')).map((a: Record<string, unknown>) => [a['name'], a['status'], a['current_task_id']]);
        expect(seen).toEqual([
          ['Ruto', 'busy', 3],
          ['alice', 'working', 1],
          ['bob', 'busy', 2],
          ['Idle', 'idle', null],
          ['Gone', 'offline', null],
          ['Retired', 'idle', null],
          ['Many', 'working', 22],
        ]);
      });

      test('active ones unless asked otherwise', async () => {
        expect(await ids('/agents')).toEqual([1, 2, 3, 10, 11, 13]);
        expect(await ids('/agents?is_active=true')).toEqual([1, 2, 3, 10, 11, 13]);
        expect(await ids('/agents?is_active=false')).toEqual([12]);
        expect((await http.ask('admin', 'GET', '/agents?is_active=maybe')).status).toBe(400);
        expect((await http.ask('admin', 'GET', '/agents/12')).json.is_active).toBe(false);
      });
    });

    describe('tasks', () => {
      test('every field of the contract, and the revision as ETag', async () => {
        const answer = await http.ask('admin', 'GET', '/tasks/20');
        expect(answer.headers.get('etag')).toBe('"3"');
        expect(answer.json).toEqual({
          id: 20,
          name: '100% sure',
          description: 'Straße_1',
          status: 'todo',
          priority: 2,
          required_capabilities: [],
          escalation_chain: ['Ruto'],
          blocked_by: [1, 2],
          deadline: '2026-11-23T09:01:00.000Z',
          assigned_agent_id: null,
          ping_interval_minutes: 0.05,
          is_ping_enabled: true,
          last_ping: '2026-11-23T09:00:00.077Z',
          last_agent_acknowledgment: '2026-11-23T09:00:00.066Z',
          needs_attention: 'no_target',
          created_at: '2026-11-23T09:00:00.000Z',
        });
      });

      test('filters', async () => {
        expect(await ids('/tasks')).toEqual([23, 22, 21, 20, 5, 3, 2, 1]);
        expect(await ids('/tasks?status=done')).toEqual([21]);
        expect(await ids('/tasks?agent=Many')).toEqual([23, 22, 21]);
        expect(await ids('/tasks?agent=many')).toEqual([23, 22, 21]);
        expect(await ids('/tasks?agent=13')).toEqual([23, 22, 21]);
        expect(await ids('/tasks?agent=nobody')).toEqual([]);
        expect(await ids('/tasks?agent=13&status=done')).toEqual([21]);
        expect(await ids('/tasks?needs_attention=true')).toEqual([22, 20]);
        expect(await ids('/tasks?needs_attention=no_target')).toEqual([20]);
        expect(await ids('/tasks?needs_attention=false')).toEqual([23, 21, 5, 3, 2, 1]);
        expect(await ids('/tasks?q=REPORT')).toEqual([22, 21]);
        expect(await ids('/tasks?q=0%25')).toEqual([20]);
        expect(await ids('/tasks?q=stra%C3%9Fe_1')).toEqual([20]);
        expect(await ids('/tasks?q=_')).toEqual([20]);
        expect(await ids('/tasks?q=%25')).toEqual([20]);
        expect(await ids('/tasks?q=%5C')).toEqual([]);
        expect(await ids('/tasks?status=in_progress&needs_attention=deadline_passed&q=again&agent=Many')).toEqual([22]);
      });

      test('deleted ones are gone, with all below them, but not from the events', async () => {
        for (const path of ['', '/assignments', '/comments']) expect((await http.ask('admin', 'GET', `/tasks/4${path}`)).json.code).toBe('task_not_found');
        expect(await ids('/events?task=4')).toEqual([6]);
      });

      test('why is what the deps say, 404 when they say nothing', async () => {
        expect((await http.ask('admin', 'GET', '/tasks/1/why')).json).toEqual({ ...WHY, task_id: 1 });
        await using other = await startHttp({ why: async () => null }, undefined, await fresh());
        expect((await other.ask('admin', 'GET', '/tasks/1/why')).json.code).toBe('task_not_found');
      });
    });

    describe('assignments', () => {
      test('every field of the contract, with the latest receipt', async () => {
        expect(await items('/tasks/22/assignments')).toEqual([
          {
            id: 21,
            task_id: 22,
            agent_id: 13,
            agent_name: 'Many',
            assigned_at: '2026-11-23T09:00:00.000Z',
            acknowledged_at: null,
            status: 'acknowledged',
            failure_reason: null,
            original_agent_id: null,
            escalation_count: 0,
            snooze_until: null,
            last_ping_sent: '2026-11-23T09:00:00.010Z',
            last_ping_delivered: '2026-11-23T09:00:00.012Z',
            pings_sent: 0,
            respond_by: '2026-11-23T09:30:00.000Z',
            progress: null,
            result: null,
            closed_at: null,
          },
        ]);
        expect((await items('/tasks/21/assignments'))[0]).toMatchObject({ result: { ok: true }, progress: 1, last_ping_delivered: null });
      });

      test('newest first', async () => {
        expect(await ids('/tasks/3/assignments')).toEqual([4, 3]);
      });
    });

    describe('pages', () => {
      /** Follows the cursors to the end. */
      const walk = async (path: string): Promise<number[][]> => {
        const pages: number[][] = [];
        for (let cursor: string | null = ''; cursor !== null; ) {
          const { json } = await http.ask('admin', 'GET', `${path}${path.includes('?') ? '&' : '?'}${cursor && `cursor=${cursor}`}`);
          pages.push(json.items.map(({ id }: { id: number }) => id));
          cursor = json.next_cursor;
          expect(pages.length).toBeLessThan(100);
        }
        return pages;
      };

      test('each list is walked without gap or duplicate', async () => {
        expect(await walk('/tasks?limit=3')).toEqual([
          [23, 22, 21],
          [20, 5, 3],
          [2, 1],
        ]);
        expect(await walk('/tasks?limit=4')).toEqual([
          [23, 22, 21, 20],
          [5, 3, 2, 1],
        ]);
        expect(await walk('/agents?limit=2&is_active=any')).toEqual([[1, 2], [3, 10], [11, 12], [13]]);
        expect(await walk('/events?limit=4')).toEqual([
          [1, 2, 3, 4],
          [5, 6],
        ]);
        expect(await walk('/events?limit=2&after=3')).toEqual([[4, 5], [6]]);
        expect(await walk('/tasks/3/assignments?limit=1')).toEqual([[4], [3]]);
      });

      test('50 unless said, 200 at most; comments oldest first, notifications newest first', async () => {
        const many = Array.from({ length: 260 }, (_, i) => 100 + i);
        await http.write(many.map((id) => ({ op: 'insert', table: 'comment', row: commentRow(id, 23) })));
        await http.write(many.map((id) => ({ op: 'insert', table: 'notification', row: notificationRow(id, { task_id: 23 }) })));
        expect((await ids('/tasks/23/comments')).length).toBe(50);
        for (const limit of ['100000', '9007199254740993', '9'.repeat(17), '9'.repeat(400)])
          expect(await ids(`/tasks/23/comments?limit=${limit}`), limit).toEqual(many.slice(0, 200));
        for (const limit of ['0', '-1', `-${'9'.repeat(400)}`, '1.5', '1e3', '0x10', ''])
          expect((await http.ask('admin', 'GET', `/tasks/23/comments?limit=${limit}`)).status, limit).toBe(400);
        expect((await http.ask('admin', 'GET', `/events?after=${'9'.repeat(17)}`)).status).toBe(400);
        expect((await walk('/tasks/23/comments?limit=90')).map((page) => page.length)).toEqual([90, 90, 80]);
        expect((await walk('/notifications?limit=200')).flat()).toEqual([...many.toReversed(), 1]);
      });

      test('a long log is looked through piece by piece, and nothing is missed', async () => {
        await using long = await startHttp({}, [{ op: 'insert', table: 'agent', row: agentRow(1, 'Ruto', { type: 'main_agent' }) }], await fresh());
        const wanted = [5, 15_000, 230_000, 450_001];
        for (let from = 1; from <= 450_001; from += 50_000) {
          const rows = Array.from({ length: Math.min(50_000, 450_002 - from) }, (_, i) => from + i).filter(
            (id) => id % 10 === 0 || wanted.includes(id) || id === 450_001,
          );
          await long.write(rows.map((id) => ({ op: 'insert', table: 'event', row: eventRow(id, wanted.includes(id) ? { agent_id: 1 } : {}) })));
        }
        const found: number[] = [];
        let requests = 0;
        for (let cursor: string | null = null, more = true; more; requests++) {
          const { json } = await long.ask('main', 'GET', `/events?agent=Ruto&limit=2${cursor === null ? '' : `&cursor=${cursor}`}`);
          found.push(...json.items.map(({ id }: { id: number }) => id));
          cursor = json.next_cursor;
          more = cursor !== null;
          expect(requests).toBeLessThan(20);
        }
        expect(found).toEqual(wanted);
      });
    });

    describe('events', () => {
      test('the shape of the contract: no reply, no message key', async () => {
        expect((await items('/events?task=1'))[0]).toEqual({
          id: 1,
          kind: 'task.created',
          at: '2026-11-23T09:00:00.000Z',
          task_id: 1,
          agent_id: null,
          assignment_id: null,
          actor: 'admin',
          channel: 'rest',
          token_id: null,
          data: {},
        });
      });

      test('filters', async () => {
        expect(await ids('/events?after=4')).toEqual([5, 6]);
        expect(await ids('/events?after=99')).toEqual([]);
        expect(await ids('/events?kind=message.refused')).toEqual([4, 5]);
        expect(await ids('/events?agent=alice')).toEqual([3, 4]);
        expect(await ids('/events?agent=alice&kind=agent.online')).toEqual([3]);
        expect(await ids('/events?task=1&after=1')).toEqual([5]);
        expect(await ids('/events?agent=nobody')).toEqual([]);
      });
    });
  });
};

onEach('sqlite', async () => undefined);

describe.skipIf(postgresMissing)('postgresql', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
  }, 60_000);
  afterAll(async () => server[Symbol.asyncDispose]());
  onEach('reads', async () => ({ kind: 'postgresql', url: await server.createDatabase() }));
});
