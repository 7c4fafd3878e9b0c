import { to } from '#dashboard/address.ts';
import { Countdown } from '#dashboard/components/age.tsx';
import { Icon } from '#dashboard/components/icon.tsx';
import { agents, assignments, isOpenAssignment, taskName, tasks } from '#dashboard/store.ts';
import type { Assignment } from '#schemas/resources.ts';
import './lines.css';
import './soon.css';

const MAX_SHOWN = 6;

/** Who has to answer next: what is escalated unless it does, the nearest first. What a timeout escalates to nobody is left out. */
export function Soon() {
  const waiting = [...assignments.value.values()].filter(isDue).sort((a, b) => (a.respond_by < b.respond_by ? -1 : 1));
  return (
    <section class="card stack" aria-labelledby="soon-title">
      <h2 id="soon-title">About to be escalated</h2>
      {waiting.length === 0 && (
        <p class="calm-line muted">
          <Icon name="circleCheck" /> Nobody owes an answer that would be escalated.
        </p>
      )}
      <ul class="lines">
        {waiting.slice(0, MAX_SHOWN).map((assignment) => (
          <li key={assignment.id} class="soon-row">
            <a class="truncate name" href={to.task(assignment.task_id)} data-row={assignment.task_id}>
              {taskName(assignment.task_id)}
            </a>
            <a class="truncate name soon-who" href={to.agent(assignment.agent_id)}>
              {assignment.agent_name}
            </a>
            <span class="small">
              <Countdown to={assignment.respond_by} span={(agents.value.get(assignment.agent_id)?.timeout_minutes ?? 0) * 60_000} />
            </span>
          </li>
        ))}
      </ul>
      {waiting.length > MAX_SHOWN && (
        <a class="small soon-more" href={to.tasks}>
          and {waiting.length - MAX_SHOWN} later ones
        </a>
      )}
    </section>
  );
}

function isDue(assignment: Assignment): assignment is Assignment & { respond_by: string } {
  const task = tasks.value.get(assignment.task_id);
  if (!isOpenAssignment(assignment) || assignment.respond_by === null || assignment.status === 'snoozed') return false;
  return task?.is_ping_enabled === true && task.needs_attention !== 'escalation_exhausted' && !keepsIt(assignment);
}

/** A main agent that lets its time pass keeps the task. */
const keepsIt = ({ agent_id }: Assignment): boolean => agents.value.get(agent_id)?.type === 'main_agent';
