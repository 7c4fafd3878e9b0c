import { to } from '#dashboard/address.ts';
import { lastBeat } from '#dashboard/beats.ts';
import { Age } from '#dashboard/components/age.tsx';
import { MainBadge, StatusBadge } from '#dashboard/components/status-badge.tsx';
import { taskName } from '#dashboard/store.ts';
import { useWork } from '#dashboard/work.ts';
import type { Agent } from '#schemas/resources.ts';
import { AgentMenu, type Ask } from './card.tsx';
import './row.css';

export const ROW_HEIGHT = 52;

/** What the columns are; each field says so itself, too. */
export const AgentRowHead = () => (
  <div class="agent-row agent-row-head muted" aria-hidden="true">
    <span>Agent</span>
    <span>Status</span>
    <span class="agent-row-task">Works on</span>
    <span class="agent-row-age">Heartbeat</span>
    <span class="agent-row-age">Last ack</span>
  </div>
);

/** One agent in one line, for fleets that cards would bury. */
export function AgentRow({ agent, ask }: { readonly agent: Agent; readonly ask: (agent: Agent, what: Ask) => void }) {
  const work = useWork(agent.id);
  return (
    <article class="agent-row" aria-label={agent.name}>
      <span class="row">
        <a class="name truncate" href={to.agent(agent.id)} data-row={agent.id}>
          {agent.name}
        </a>
        {agent.type === 'main_agent' && <MainBadge />}
      </span>
      <span>
        <StatusBadge agent={agent.status} />
      </span>
      <span class="truncate agent-row-task">
        {agent.current_task_id === null ? (
          <span class="muted">–</span>
        ) : (
          <a class="name" href={to.task(agent.current_task_id)}>
            {taskName(agent.current_task_id)}
          </a>
        )}
        {work.length > 1 && <span class="muted"> +{work.length - 1}</span>}
      </span>
      <span class="agent-row-age small" title="Last heartbeat">
        <Age at={lastBeat(agent)} never="never heard" />
      </span>
      <span class="agent-row-age small" title="Last acknowledgement">
        <Age at={agent.last_acknowledgment} />
      </span>
      <AgentMenu agent={agent} work={work} ask={ask} />
    </article>
  );
}
