import { to } from '#dashboard/address.ts';
import { Age } from '#dashboard/components/age.tsx';
import { MainBadge, StatusBadge } from '#dashboard/components/status-badge.tsx';
import { isNarrow } from '#dashboard/narrow.ts';
import { taskName } from '#dashboard/store.ts';
import { useWork } from '#dashboard/work.ts';
import type { Agent, Assignment } from '#schemas/resources.ts';
import { AgentMenu, type AskAgent } from './agent-menu.tsx';
import { Beats, Capabilities, currentFirst, Pulse } from './facts.tsx';
import './row.css';

/** In pixels, as row.css has them. */
const ROW = 68;
const ROW_ON_A_PHONE = 170;
/** More do not fit in the line below a name. */
const MAX_CAPABILITIES = 3;

export const rowHeight = (): number => (isNarrow.value ? ROW_ON_A_PHONE : ROW);

/** What the columns are; each field says so itself, too. */
export const AgentRowHead = () => (
  <div class="agent-row agent-row-head muted" aria-hidden="true">
    <span>Agent</span>
    <span>Status</span>
    <span>Works on</span>
    <span>Heartbeat</span>
    <span>Last ack</span>
  </div>
);

/** One agent in a row: all that its card tells, for fleets that cards would bury. */
export function AgentRow({ agent, ask }: { readonly agent: Agent; readonly ask: AskAgent }) {
  const work = useWork(agent.id);
  return (
    <article class="agent-row" aria-label={agent.name} data-status={agent.status}>
      <div class="agent-row-who">
        <span class="row">
          <a class="name truncate" href={to.agent(agent.id)} data-row={agent.id} title={agent.name}>
            {agent.name}
          </a>
          {agent.type === 'main_agent' && <MainBadge />}
        </span>
        <Capabilities agent={agent} most={MAX_CAPABILITIES} />
      </div>
      <span class="agent-row-status">
        <StatusBadge agent={agent.status} />
      </span>
      <div class="agent-row-work">
        <Work agent={agent} work={work} />
      </div>
      <div class="agent-row-pulse small" title="Last heartbeat">
        <Beats agent={agent} />
        <Pulse agent={agent} />
      </div>
      <span class="agent-row-ack small" title="Last acknowledgement">
        <span class="agent-row-word muted">last ack </span>
        <Age at={agent.last_acknowledgment} />
      </span>
      <AgentMenu agent={agent} work={work} ask={ask} />
    </article>
  );
}

function Work({ agent, work }: { readonly agent: Agent; readonly work: readonly Assignment[] }) {
  const [first] = currentFirst(agent, work);
  const holds = `${work.length} open`;
  const takes = `It takes ${agent.max_concurrent} at once by itself`;
  if (first === undefined) return <span class="muted">Holds nothing</span>;
  return (
    <>
      <a class="name truncate" href={to.task(first.task_id)} title={taskName(first.task_id)}>
        {taskName(first.task_id)}
      </a>
      {work.length === 1 ? (
        <span class="muted small" title={takes}>
          {holds}
        </span>
      ) : (
        <a class="name muted small" href={`${to.tasks}?agent=${agent.name}`} title={takes}>
          {holds}
        </a>
      )}
    </>
  );
}
