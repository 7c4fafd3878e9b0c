import type { ComponentChildren } from 'preact';
import { to } from '#dashboard/address.ts';
import { Age, Countdown } from '#dashboard/components/age.tsx';
import { Fact } from '#dashboard/components/fact.tsx';
import { LongText } from '#dashboard/components/long-text.tsx';
import { isOpen, taskName } from '#dashboard/store.ts';
import { clockTime, length } from '#dashboard/time.ts';
import type { Assignment, Task } from '#schemas/resources.ts';
import './facts.css';

/** What was asked for, and what came of it. */
export function TaskFacts({ task, history }: { readonly task: Task; readonly history: readonly Assignment[] }) {
  const result = history.find(({ status }) => status === 'completed')?.result ?? null;
  return (
    <section class="card stack" aria-labelledby="facts">
      <h2 id="facts">What it is about</h2>
      {task.description === null || task.description === '' ? <p class="muted">No description.</p> : <LongText text={task.description} />}
      {result !== null && (
        <div class="stack tight">
          <h3>Result</h3>
          <LongText text={typeof result === 'string' ? result : JSON.stringify(result, null, 2)} mono />
        </div>
      )}
      <dl class="facts">
        <Fact term="Priority">{task.priority}</Fact>
        <Fact term="Deadline">{deadline(task)}</Fact>
        <Fact term="Capabilities">{task.required_capabilities.length === 0 ? 'none required' : task.required_capabilities.join(', ')}</Fact>
        <Fact term="Waits for">{blockers(task)}</Fact>
        <Fact term="Pinging">{pinging(task)}</Fact>
        <Fact term="Escalates to">{task.escalation_chain === null ? 'as configured' : task.escalation_chain.join(' → ') || 'nobody'}</Fact>
        <Fact term="Last ping">
          <Age at={task.last_ping} />
        </Fact>
        <Fact term="Last answer">
          <Age at={task.last_agent_acknowledgment} />
        </Fact>
        <Fact term="Created">{clockTime(task.created_at)}</Fact>
      </dl>
    </section>
  );
}

/** A reminder that would leave no time to answer, or come after it, comes midway instead. */
const pinging = ({ is_ping_enabled, ping_interval_minutes }: Task): string =>
  is_ping_enabled ? `every ${length(ping_interval_minutes * 60_000)} without an answer, or once midway where that leaves no time for one` : 'off';

function deadline(task: Task): ComponentChildren {
  if (task.deadline === null) return 'none';
  return isOpen(task) ? <Countdown to={task.deadline} /> : clockTime(task.deadline);
}

function blockers(task: Task): ComponentChildren {
  if (task.blocked_by.length === 0) return 'nothing';
  return task.blocked_by.map((id) => (
    <a key={id} class="blocker" href={to.task(id)}>
      #{id} <bdi>{taskName(id).slice(0, 60)}</bdi>
    </a>
  ));
}
