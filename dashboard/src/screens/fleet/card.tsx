import { to } from '#dashboard/address.ts';
import { Age, Countdown } from '#dashboard/components/age.tsx';
import { Fact } from '#dashboard/components/fact.tsx';
import { Icon } from '#dashboard/components/icon.tsx';
import { MainBadge, StatusBadge } from '#dashboard/components/status-badge.tsx';
import { taskName } from '#dashboard/store.ts';
import { useWork } from '#dashboard/work.ts';
import type { Agent, Assignment } from '#schemas/resources.ts';
import { AgentMenu, type AskAgent } from './agent-menu.tsx';
import { Beats, Capabilities, currentFirst, Pulse } from './facts.tsx';
import './card.css';

/** So many open assignments a card shows. */
const MAX_WORK = 2;
const MAX_CAPABILITIES = 4;

/** One agent: whether it lives, what it holds, and by when it has to answer. `ask` opens a dialog about it. */
export function AgentCard({ agent, ask }: { readonly agent: Agent; readonly ask: AskAgent }) {
  const work = useWork(agent.id);
  return (
    <article class="card agent-card" aria-label={agent.name} data-status={agent.status}>
      <header class="row">
        <a class="agent-name name truncate" href={to.agent(agent.id)} data-row={agent.id}>
          {agent.name}
        </a>
        {agent.type === 'main_agent' && <MainBadge />}
        <span class="agent-badge">
          <StatusBadge agent={agent.status} />
        </span>
        <AgentMenu agent={agent} work={work} ask={ask} />
      </header>
      <Work agent={agent} work={work} />
      <Beats agent={agent} />
      <dl class="agent-facts small">
        <Fact term="Heartbeat">
          <Pulse agent={agent} />
        </Fact>
        <Fact term="Last ack">
          <Age at={agent.last_acknowledgment} />
        </Fact>
      </dl>
      <Capabilities agent={agent} most={MAX_CAPABILITIES} />
    </article>
  );
}

function Work({ agent, work }: { readonly agent: Agent; readonly work: readonly Assignment[] }) {
  if (work.length === 0) return <p class="agent-work muted">Holds nothing</p>;
  const shown = work.length > MAX_WORK ? MAX_WORK - 1 : MAX_WORK; // the line that tells of more is one of them
  const sorted = currentFirst(agent, work);
  return (
    <ul class="agent-work">
      {sorted.slice(0, shown).map((assignment) => (
        <li key={assignment.id} class="row">
          <a class="truncate name" href={to.task(assignment.task_id)}>
            {taskName(assignment.task_id)}
          </a>
          <Moment assignment={assignment} agent={agent} />
        </li>
      ))}
      {work.length > shown && (
        <li>
          <a class="muted small" href={`${to.tasks}?agent=${agent.name}`}>
            and {work.length - shown} more
          </a>
        </li>
      )}
    </ul>
  );
}

/** By when it has to answer, or until when it sleeps. */
function Moment({ assignment, agent }: { readonly assignment: Assignment; readonly agent: Agent }) {
  if (assignment.status === 'snoozed' && assignment.snooze_until !== null) {
    return (
      <span class="moment small muted" title="Snoozed until then">
        <Icon name="moon" size={14} /> <Countdown to={assignment.snooze_until} bar={false} />
      </span>
    );
  }
  if (assignment.respond_by === null) return null;
  return (
    <span class="moment small" title="It has to answer by then, else the task goes to somebody else">
      <Countdown to={assignment.respond_by} span={agent.timeout_minutes * 60_000} />
    </span>
  );
}
