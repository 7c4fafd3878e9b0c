import type { AgentRow } from '#domain/model.ts';
import type { Agent } from '#schemas/resources.ts';
import type { AgentStatus } from '#schemas/vocabulary.ts';
import { ALL, and, IS_OPEN, likeOf } from '#storage/conditions.ts';
import { select } from '#storage/select.ts';
import { type Dialect, dialectOf, type Em, inList, listOf, run } from '#storage/statement.ts';
import type { AgentFilter, Page, Reads } from './reads.ts';
import { agentView, NO_WORK, type Workload } from './views.ts';

export function agentReads(fork: () => Em): Pick<Reads, 'agents' | 'agent' | 'agentId'> {
  return {
    agents: async (filter, page) => {
      const em = fork();
      return agentViews(em, await listed(em, filter, page));
    },
    agent: async (id) => {
      const em = fork();
      const [row] = await select(em, 'agent', 'id = ?', [id]);
      if (row === undefined) return null;
      const [resource] = await agentViews(em, [row]);
      return resource === undefined ? null : { resource, revision: row.revision };
    },
    agentId: async (nameOrId) => {
      // A name has at least one letter, so that digits alone are an id.
      const isId = /^\d{1,15}$/.test(nameOrId);
      const [row] = await run(fork(), `select id from agent where ${isId ? 'id = ?' : 'name_key = ?'}`, [isId ? Number(nameOrId) : nameOrId.toLowerCase()]);
      return row === undefined ? null : Number(row['id']);
    },
  };
}

const holds = (what: string): string => `exists (select 1 from assignment where agent_id = agent.id and ${IS_OPEN}${what})`;
const WORKS = holds(` and status = 'acknowledged'`);
/** As domain/agent-status.ts derives it. */
const STATUS_IS: Readonly<Record<AgentStatus, string>> = {
  offline: 'is_offline',
  working: `not is_offline and ${WORKS}`,
  busy: `not is_offline and ${holds('')} and not ${WORKS}`,
  idle: `not is_offline and not ${holds('')}`,
};
/** The parameter is a JSON array with the one capability. */
const HAS_CAPABILITY: Readonly<Record<Dialect, string>> = {
  sqlite: 'exists (select 1 from json_each(agent.capabilities) as has where has.value in (select value from json_each(?)))',
  postgresql: 'capabilities @> ?::jsonb',
};

function listed(em: Em, filter: AgentFilter, page: Page): Promise<AgentRow[]> {
  let conditions = page.beyond === null ? ALL : and(ALL, 'id > ?', page.beyond);
  if (filter.is_active !== null) conditions = and(conditions, filter.is_active ? 'is_active' : 'not is_active');
  if (filter.only !== null) conditions = and(conditions, 'id = ?', filter.only);
  if (filter.type !== undefined) conditions = and(conditions, 'type = ?', filter.type);
  if (filter.status !== undefined) conditions = and(conditions, STATUS_IS[filter.status]);
  if (filter.capability !== undefined) conditions = and(conditions, HAS_CAPABILITY[dialectOf(em)], JSON.stringify([filter.capability]));
  if (filter.q !== undefined && filter.q !== '') conditions = and(conditions, "name_key like lower(?) escape '\\'", likeOf(filter.q));
  return select(em, 'agent', conditions.where, [...conditions.params, page.limit + 1], 'order by id limit ?');
}

export async function agentViews(em: Em, rows: readonly AgentRow[]): Promise<Agent[]> {
  const work = await workloads(
    em,
    rows.map((row) => row.id),
  );
  return rows.map((row) => agentView(row, work.get(row.id) ?? NO_WORK));
}

/** What these agents hold, in one statement; who holds nothing is not in the map. */
async function workloads(em: Em, agentIds: readonly number[]): Promise<Map<number, Workload>> {
  if (agentIds.length === 0) return new Map();
  const rows = await run(
    em,
    `select w.agent_id, w.held, w.acknowledged, a.task_id
       from (select agent_id, count(*) as held, sum(case when status = 'acknowledged' then 1 else 0 end) as acknowledged,
                    coalesce(max(case when status = 'acknowledged' then id end), max(id)) as current
               from assignment where ${IS_OPEN} and ${inList(dialectOf(em), 'agent_id')} group by agent_id) as w
       join assignment as a on a.id = w.current`,
    [listOf(agentIds)],
  );
  return new Map(
    rows.map((row) => {
      const acknowledged = Number(row['acknowledged']);
      return [Number(row['agent_id']), { acknowledged, other: Number(row['held']) - acknowledged, current_task_id: Number(row['task_id']) }];
    }),
  );
}
