import { acknowledge, complete, reopen } from '#dashboard/actions/answer-task.ts';
import { pingTask, resolveTask } from '#dashboard/actions/direct-task.ts';
import type { AskTask } from '#dashboard/actions/task-menu.tsx';
import { to } from '#dashboard/address.ts';
import { Countdown } from '#dashboard/components/age.tsx';
import { Announced } from '#dashboard/components/announced.tsx';
import { Button } from '#dashboard/components/button.tsx';
import { Icon } from '#dashboard/components/icon.tsx';
import { AGENT_LOOKS, Badge, StatusBadge } from '#dashboard/components/status-badge.tsx';
import { may, speaksFor } from '#dashboard/rights.ts';
import { agentName, agents, isOpen } from '#dashboard/store.ts';
import type { Tone } from '#dashboard/tone.ts';
import type { Assignment, Task, Why } from '#schemas/resources.ts';
import { ruleWords } from './words.ts';
import '#dashboard/components/meter.css';
import './now.css';

interface NowProps {
  readonly task: Task;
  readonly assignment: Assignment | undefined;
  readonly why: Why | null;
  readonly ask: AskTask;
}

/** How it stands, what comes next and when, and what one can do about it. */
export function TaskNow({ task, assignment, why, ask }: NowProps) {
  const open = isOpen(task);
  const next = open ? nextOf(assignment, why) : null;
  const began = assignment?.status === 'pending' ? assignment.last_ping_sent : null;
  return (
    <section class="card task-now" data-tone={toneOf(task, assignment)} aria-label="Now">
      <div class="task-now-state">
        <div class="row wrap">
          <Announced taskId={task.id} />
          {open && assignment !== undefined ? <StatusBadge assignment={assignment.status} /> : <StatusBadge task={task.status} />}
          {open && task.needs_attention !== null && <StatusBadge attention={task.needs_attention} />}
          {open && !task.is_ping_enabled && <Badge look={['calm', 'circlePause', 'pinging off']} />}
        </div>
        <HolderLine task={task} />
        {assignment?.progress != null && open && (
          <p class="row small">
            <progress class="meter" value={assignment.progress} max={1} aria-label="Progress" />
            {Math.round(assignment.progress * 100)} %
          </p>
        )}
      </div>
      <div class="task-now-next">
        <span class="muted small">Next moment</span>
        {next === null ? (
          <span class="task-now-count">none</span>
        ) : (
          <span class="task-now-count">
            <Countdown to={next} span={began === null ? undefined : Date.parse(next) - Date.parse(began)} />
          </span>
        )}
        {why !== null && <span class="muted any-text">{ruleWords(why.next.rule)}</span>}
      </div>
      <div class="task-now-acts row wrap">{open ? <OpenActs task={task} assignment={assignment} ask={ask} /> : <ClosedActs task={task} />}</div>
    </section>
  );
}

function toneOf(task: Task, assignment: Assignment | undefined): Tone {
  if (!isOpen(task)) return 'calm';
  if (task.needs_attention !== null) return 'bad';
  if (assignment?.status === 'acknowledged') return 'good';
  return assignment?.status === 'snoozed' ? 'info' : 'warn';
}

/** The coordinator's own word, unless the store knows of a newer answer. */
function nextOf(assignment: Assignment | undefined, why: Why | null): string | null {
  if (assignment?.status === 'snoozed') return assignment.snooze_until;
  return why?.next.at ?? assignment?.respond_by ?? null;
}

function HolderLine({ task }: { readonly task: Task }) {
  const agent = task.assigned_agent_id === null ? undefined : agents.value.get(task.assigned_agent_id);
  if (!isOpen(task)) return null;
  if (task.assigned_agent_id === null) return <p class="muted">Nobody holds it</p>;
  return (
    <p class="row wrap">
      <Icon name="bot" />
      <a class="task-now-holder any-text" href={to.agent(task.assigned_agent_id)}>
        {agentName(task.assigned_agent_id)}
      </a>
      {agent && <Badge look={AGENT_LOOKS[agent.status]} />}
    </p>
  );
}

function OpenActs({ task, assignment, ask }: Omit<NowProps, 'why'>) {
  const speaks = assignment !== undefined && speaksFor(assignment.agent_id);
  return (
    <>
      {task.needs_attention !== null && may('resolve') && (
        <Button kind="primary" icon="userCheck" onClick={() => resolveTask(task.id)}>
          Resolve
        </Button>
      )}
      {speaks && (
        <>
          <Button kind={assignment.status === 'pending' ? 'primary' : undefined} icon="check" onClick={() => acknowledge(assignment)}>
            Acknowledge
          </Button>
          <Button icon="moon" onClick={() => ask('snooze', task)}>
            Snooze…
          </Button>
        </>
      )}
      {assignment !== undefined && may('direct_tasks') && (
        <Button icon="send" onClick={() => pingTask(task.id)}>
          Ping now
        </Button>
      )}
      {may('direct_tasks') && (
        <Button icon="userPlus" onClick={() => ask('assign', task)}>
          {assignment === undefined ? 'Assign…' : 'Reassign…'}
        </Button>
      )}
      {(speaks || may('change_tasks')) && (
        <Button icon="circleCheck" onClick={() => complete(task, assignment)}>
          Complete
        </Button>
      )}
    </>
  );
}

function ClosedActs({ task }: { readonly task: Task }) {
  if (!may('change_tasks')) return null;
  return (
    <Button icon="rotate" onClick={() => reopen(task)}>
      Reopen
    </Button>
  );
}
