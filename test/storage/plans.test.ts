import { expect, test } from 'vitest';
import { IS_OPEN, IS_TAKEN, IS_UNDECIDED } from '#storage/conditions.ts';
import { inList, listOf, run } from '#storage/statement.ts';
import { describeOnEach } from './databases.ts';

/** Statements that run often or over much, and the index that carries each. */
const PLANS: readonly (readonly [string, string])[] = [
  ['select id from agent where due_at <= 5 order by due_at limit 10', 'agent_due'],
  ['select id from task where due_at <= 5 order by due_at limit 10', 'task_due'],
  ['select id from assignment where due_at <= 5 order by due_at limit 10', 'assignment_due'],
  ['select min(due_at) from assignment where due_at is not null', 'assignment_due'],
  ['select id from webhook where due_at <= 5 and not (agent_id in (1, 2)) order by due_at limit 10', 'webhook_due'],
  ['select min(due_at) from webhook where due_at is not null and not (agent_id in (1, 2))', 'webhook_due'],
  [`select id from agent where name_key = 'ruto'`, 'agent_name_key'],
  [`select id from agent where token_hash = 'x'`, 'agent_token'],
  [`select id from assignment where task_id = 5 and ${IS_OPEN}`, 'assignment_one_open'],
  [`select id from assignment where agent_id = 5 and ${IS_OPEN}`, 'assignment_held'],
  [`select count(*) from assignment where ${IS_UNDECIDED} and assigned_at >= 5 and assigned_at < 9`, 'assignment_undecided'],
  [
    `select count(*) from assignment where ${IS_UNDECIDED} and assigned_at >= 5 and assigned_at < 9 and cast(5 as bigint) in (0, agent_id)`,
    'assignment_undecided',
  ],
  ['select id from assignment where task_id = 5 order by id desc limit 10', 'assignment_history'],
  ['select max(id) from assignment where agent_id = 5', 'assignment_of_agent'],
  [`select id from assignment where agent_id = 5 and ${IS_TAKEN} and closed_at > 7 order by closed_at desc limit 50`, 'assignment_taken'],
  ['select id from ping where published_at is null order by id limit 10', 'ping_unsent'],
  ['select id from ping where assignment_id = 5 and answered_at is null', 'ping_unanswered'],
  ['select id from ping where (id >> 12) in (0, 1) and agent_id = 5 and id < 7', 'ping_agent'],
  ['select id from task where queued_at is not null order by priority desc, id limit 10', 'task_queue'],
  [`select id from task where needs_attention = 'no_target'`, 'task_attention'],
  [`select id from task where deleted_at is null and status = 'todo' order by id desc limit 10`, 'task_status'],
  [`select id from task where deleted_at is null and status = 'todo' and id < 9 order by id desc limit 10`, 'task_status'],
  ['select id from task where deleted_at is null order by priority desc, id desc limit 10', 'task_priority'],
  ['select id from task where deleted_at is null and (priority, id) > (3, 9) order by priority asc, id asc limit 10', 'task_priority'],
  [
    `select id from task where deleted_at is null and status = 'todo' and (priority, id) < (3, 9) order by priority desc, id desc limit 10`,
    'task_status_priority',
  ],
  ['select id from task where deleted_at is null and deadline is not null and (deadline, id) > (3, 9) order by deadline asc, id asc limit 10', 'task_deadline'],
  [
    `select id from task where deleted_at is null and status = 'todo' and deadline is not null order by deadline desc, id desc limit 10`,
    'task_status_deadline',
  ],
  ['select id from notification where read_at is null and id < 9 order by id desc limit 10', 'notification_unread'],
  [`select id from idempotency where principal = 'admin' and request_key = 'k'`, 'idempotency_key'],
  ['select id from idempotency where reserved_at < 5 order by reserved_at limit 10', 'idempotency_age'],
  ['select id from phase where task_id = 5 and deleted_at is null order by position, id limit 10', 'phase_of_task'],
  ['select id from todo where phase_id = 5 and deleted_at is null order by position, id', 'todo_of_phase'],
  ['select task_id from task_blocker where blocker_id = 5', 'task_blocker_blocker'],
  ['select id from comment where task_id = 5 order by id desc limit 10', 'comment_task'],
  [`select id from event where (id >> 12) in (0, 1) and task_id = 5 and id > 7`, 'event_task'],
  [`select id from event where message_key = 'x:1'`, 'event_message_key'],
];

describeOnEach('query plans', (databases) => {
  test('each statement is carried by its index, and none sorts or scans a table', async () => {
    const storage = await databases.open();
    await storage.em().transactional(async (em) => {
      // The planner of PostgreSQL prefers to scan tables as empty as these.
      if (storage.dialect === 'postgresql') await em.execute('set local enable_seqscan = off; set local enable_bitmapscan = off');
      for (const [sql, index] of PLANS) {
        const explain = storage.dialect === 'sqlite' ? 'explain query plan' : 'explain';
        const plan = (await em.execute(`${explain} ${sql}`)).map((row) => Object.values(row).join(' ')).join('\n');
        expect(plan, sql).toContain(` ${index}`);
        expect(plan, sql).not.toMatch(/TEMP B-TREE|Seq Scan|\bSort\b/);
      }
    });
  });

  test('a list of ids finds its rows by the primary key', async () => {
    const storage = await databases.open();
    await storage.em().transactional(async (em) => {
      if (storage.dialect === 'postgresql') await em.execute('set local enable_seqscan = off');
      const plan = await run(
        em,
        `${storage.dialect === 'sqlite' ? 'explain query plan' : 'explain'} select * from task where ${inList(storage.dialect, 'id')}`,
        [listOf([1, 2])],
      );
      expect(JSON.stringify(plan)).toMatch(/SEARCH task USING INTEGER PRIMARY KEY|on task_pkey/);
    });
  });
});
