import { MESSAGE_KEPT_MS, type Request } from '#domain/command.ts';
import { Facts, type FleetHealth, type Ids } from '#domain/facts.ts';
import { RECENTLY_ONLINE_MS, SHAKY_INTERVALS } from '#domain/liveness.ts';
import type { AssignmentRow } from '#domain/model.ts';
import type { Policy } from '#domain/policy.ts';
import { IS_OPEN } from '#storage/conditions.ts';
import { assignmentOfPing } from '#storage/pings.ts';
import { select } from '#storage/select.ts';
import { dialectOf, type Em, inList, listOf, run } from '#storage/statement.ts';
import { loadLateResults } from './late-results.ts';
import { keptKey, type Mask } from './masking.ts';
import { type Needs, needsOf } from './needs.ts';
import { loadPhases } from './phase-facts.ts';
import { loadTaken } from './taken.ts';

/** Loads what a batch of commands is decided on: few set-based queries, whatever the number of commands. */

/** `mask`: how text is kept, so that what was kept is found again. */
export async function loadFacts(em: Em, requests: readonly Request[], ids: Ids, policy: Policy, now: number, mask: Mask): Promise<Facts> {
  const facts = new Facts(ids);
  const needs = needsOf(requests);
  if (needs.keys.size > 0) await loadReplies(em, facts, needs.keys, now, mask);
  for (const id of await loadPhases(em, facts, needs.stages)) needs.tasks.add(id);
  await loadAssignments(em, facts, needs);
  for (const a of facts.assignments.values()) needs.tasks.add(a.task_id);
  await loadTasks(em, facts, needs);
  await loadAgents(em, facts, needs, policy);
  await loadLateResults(em, facts, requests, mask);
  if (needs.bereft.size > 0) await loadTaken(em, facts, needs.bereft, now);
  if (needs.asked) await loadAsked(em, facts, now);
  if (needs.health) facts.fleet = await loadHealth(em, now);
  return facts;
}

/** Replies of the last 24 h; a message_id older than that may be used anew, so its old event gives the key up. */
async function loadReplies(em: Em, facts: Facts, keys: ReadonlySet<string>, now: number, mask: Mask): Promise<void> {
  const asked = new Map([...keys].map((key) => [keptKey(key, mask), key]));
  const rows = await select(em, 'event', inList(dialectOf(em), 'message_key', 'text'), [listOf(asked.keys())]);
  for (const row of rows) {
    const key = row.message_key === null ? undefined : asked.get(row.message_key);
    if (row.at > now - MESSAGE_KEPT_MS && key !== undefined) facts.replies.set(key, row.reply);
    else await run(em, 'update event set message_key = null where id = ?', [row.id]);
  }
}

async function loadAssignments(em: Em, facts: Facts, needs: Needs): Promise<void> {
  const d = dialectOf(em);
  const take = async (where: string, params: readonly (string | number)[], suffix = ''): Promise<void> => {
    for (const row of await select(em, 'assignment', where, params, suffix)) if (!facts.assignments.has(row.id)) facts.addAssignment(row);
  };
  if (needs.assignments.size > 0) await take(inList(d, 'id'), [listOf(needs.assignments)]);
  for (const a of facts.assignments.values()) needs.tasks.add(a.task_id);
  if (needs.holders.size > 0) await take(`${inList(d, 'agent_id')} and ${IS_OPEN}`, [listOf(needs.holders)]);
  for (const { agent, ping_id } of needs.pings) {
    const id = facts.pinged(agent, ping_id)?.id ?? (await assignmentOfPing(em, agent, ping_id));
    if (id === null) continue;
    facts.pings.set(ping_id, id); // an earlier command of the batch may answer it
    if (!facts.assignments.has(id)) await take('id = ?', [id]);
  }
  for (const id of needs.only) await take(`agent_id = ? and ${IS_OPEN}`, [id], `limit ${needs.commands + 1}`);
  for (const a of facts.assignments.values()) needs.tasks.add(a.task_id);
  const unknown = [...needs.tasks].filter((id) => facts.openOf(id) === undefined);
  if (unknown.length > 0) await take(`${inList(d, 'task_id')} and ${IS_OPEN}`, [listOf(unknown)]);
  await loadClosed(facts, needs, take);
}

/** Closed assignments that the answer depends on: what an agent held before, and what was taken from one that comes back. */
async function loadClosed(
  facts: Facts,
  needs: Needs,
  take: (where: string, params: readonly (string | number)[], suffix?: string) => Promise<void>,
): Promise<void> {
  for (const { agent, task } of needs.pairs) {
    if (facts.openOf(task)?.agent_id !== agent) await take('task_id = ? and agent_id = ?', [task, agent], 'order by id desc limit 1');
  }
  for (const id of needs.returning) {
    await take(
      `agent_id = ? and failure_reason = 'stale' and closed_at >= coalesce((select offline_since from agent where id = ?), closed_at + 1)`,
      [id, id],
      'order by id desc limit 1000',
    );
  }
}

async function loadTasks(em: Em, facts: Facts, needs: Needs): Promise<void> {
  const d = dialectOf(em);
  if (needs.tasks.size > 0) for (const row of await select(em, 'task', inList(d, 'id'), [listOf(needs.tasks)])) facts.addTask(row);
  if (needs.blockers) await loadBlockers(em, facts, needs);
  const parked = [...facts.tasks.values()].map((t) => t.parked_assignment_id).filter((id): id is number => id !== null && !facts.assignments.has(id));
  if (parked.length > 0) for (const row of await select(em, 'assignment', inList(d, 'id'), [listOf(parked)])) facts.addAssignment(row);
}

async function loadBlockers(em: Em, facts: Facts, needs: Needs): Promise<void> {
  const d = dialectOf(em);
  const rows = await run(em, `select task_id, blocker_id from task_blocker where ${inList(d, 'blocker_id')}`, [listOf(needs.tasks)]);
  for (const row of rows) {
    const blocker = Number(row['blocker_id']);
    facts.dependents.set(blocker, [...(facts.dependents.get(blocker) ?? []), Number(row['task_id'])]);
  }
  const near = new Set([...facts.tasks.values()].flatMap((t) => t.blocked_by).concat([...facts.dependents.values()].flat()));
  const missing = [...near].filter((id) => !facts.tasks.has(id));
  if (missing.length > 0) for (const row of await select(em, 'task', inList(d, 'id'), [listOf(missing)])) facts.addTask(row);
  for (const id of needs.cycles) facts.ancestors.set(id, await ancestorsOf(em, id));
}

/** Everything that this task waits for, also through others. */
async function ancestorsOf(em: Em, id: number): Promise<Set<number>> {
  const rows = await run(
    em,
    'with recursive up(id) as (select blocker_id from task_blocker where task_id = ? union select b.blocker_id from task_blocker b join up on b.task_id = up.id) select id from up',
    [id],
  );
  return new Set(rows.map((row) => Number(row['id'])));
}

async function loadAgents(em: Em, facts: Facts, needs: Needs, policy: Policy): Promise<void> {
  const d = dialectOf(em);
  for (const a of facts.assignments.values()) needs.agents.add(a.agent_id);
  if (needs.chains) for (const name of chainNames(facts, policy)) needs.names.add(name.toLowerCase());
  if (needs.fleet) {
    for (const row of await select(em, 'agent', 'is_active')) facts.addAgent(row);
    await loadWorkloads(em, facts);
    await loadQueue(em, facts);
  }
  const missing = [...needs.agents].filter((id) => !facts.agents.has(id));
  if (missing.length > 0) for (const row of await select(em, 'agent', inList(d, 'id'), [listOf(missing)])) facts.addAgent(row);
  const names = [...needs.names].filter((name) => facts.agentNamed(name) === undefined);
  if (names.length > 0) for (const row of await select(em, 'agent', inList(d, 'name_key', 'text'), [listOf(names)])) facts.addAgent(row);
}

function chainNames(facts: Facts, policy: Policy): Set<string> {
  const names = new Set(policy.escalationChain);
  for (const a of facts.assignments.values()) for (const name of a.chain) names.add(name);
  for (const t of facts.tasks.values()) for (const name of t.escalation_chain ?? []) names.add(name);
  return names;
}

/** Open assignments of each agent. */
async function loadWorkloads(em: Em, facts: Facts): Promise<void> {
  const rows = await run(em, `select agent_id, count(*) as n from assignment where ${IS_OPEN} group by agent_id`);
  for (const row of rows) facts.load.set(Number(row['agent_id']), Number(row['n']));
}

/** So much of the queue is looked at to see who is first. */
const QUEUE_SHOWN = 500;

async function loadQueue(em: Em, facts: Facts): Promise<void> {
  for (const row of await select(em, 'task', 'queued_at is not null', [], `order by priority desc, id limit ${QUEUE_SHOWN}`)) {
    if (!facts.tasks.has(row.id)) facts.addTask(row);
    facts.queue.add(row.id);
  }
  if (facts.queue.size === 0) return;
  const recent = `kind = 'tasks_waiting' and read_at is null and id in (select id from notification order by id desc limit 100)`;
  facts.lastDigest = (await select(em, 'notification', recent, [], 'order by id desc limit 1'))[0] ?? null;
}

/** Who was asked matters only where time is up: of these it is looked up. */
async function loadAsked(em: Em, facts: Facts, now: number): Promise<void> {
  const over = (a: AssignmentRow): boolean => a.closed_at === null && a.respond_by !== null && a.respond_by <= now;
  const open = [...facts.assignments.values()].filter(over).map((a) => a.id);
  if (open.length === 0) return;
  const rows = await run(
    em,
    `select distinct assignment_id from ping where ${inList(dialectOf(em), 'assignment_id')} and published_at is not null and answered_at is null`,
    [listOf(open)],
  );
  for (const row of rows) facts.asked.add(Number(row['assignment_id']));
}

/** The fleet for the mass-stale rule: agents online or online a minute ago, and which of them are shaky. */
async function loadHealth(em: Em, now: number): Promise<FleetHealth> {
  const [row] = await run(
    em,
    `select count(*) as size,
      sum(case when is_offline or in_grace or last_heartbeat < ? - ${SHAKY_INTERVALS * 1000} * interval_seconds then 1 else 0 end) as shaky,
      (select count(*) from agent where escalate_at is not null) as waiting
    from agent where is_active and last_heartbeat is not null and (not is_offline or offline_since >= ?)`,
    [now, now - RECENTLY_ONLINE_MS],
  );
  return { size: Number(row?.['size'] ?? 0), shaky: Number(row?.['shaky'] ?? 0), waiting: Number(row?.['waiting'] ?? 0) };
}
