import { cancelTask, resolveTask } from '#dashboard/actions/direct-task.ts';
import type { AskBrief } from '#dashboard/actions/task-keys.tsx';
import { to } from '#dashboard/address.ts';
import { Age } from '#dashboard/components/age.tsx';
import { Announced } from '#dashboard/components/announced.tsx';
import { Button } from '#dashboard/components/button.tsx';
import { Icon } from '#dashboard/components/icon.tsx';
import { isNarrow } from '#dashboard/narrow.ts';
import { may } from '#dashboard/rights.ts';
import { agentName, events, needing } from '#dashboard/store.ts';
import { needPerson } from '#dashboard/words.ts';
import type { Task } from '#schemas/resources.ts';
import { ATTENTION_REASONS, ATTENTION_WORDS, type AttentionReason } from '#schemas/vocabulary.ts';
import './lines.css';
import './needing.css';

/** What each reason asks of a person. */
const ADVICE: Readonly<Record<AttentionReason, string>> = {
  escalation_exhausted: 'Give it to somebody, or talk to its holder.',
  no_target: 'Bring an agent online that could take it, or give it to somebody.',
  main_agent_silent: 'Pinging goes on. Give it to somebody who answers, or look after the agent.',
  deadline_passed: 'Decide whether it is still wanted.',
};
const MAX_SHOWN = 5;
const MAX_SHOWN_ON_A_PHONE = 3;

/** Tasks that need a person, on top of everything else; nothing while there are none. */
export function Needing({ ask }: { readonly ask: AskBrief }) {
  if (needing.value.length === 0) return null;
  const max = isNarrow.value ? MAX_SHOWN_ON_A_PHONE : MAX_SHOWN;
  const shown = needing.value.slice(0, max);
  return (
    <section class="card needing" aria-labelledby="needing-title">
      <header class="row spread">
        <h2 id="needing-title" class="row">
          <Icon name="bellRing" size={20} />
          {needPerson(needing.value.length)}
        </h2>
        {needing.value.length > max && (
          <a class="small" href={`${to.tasks}?needs_attention=true`}>
            All {needing.value.length}
          </a>
        )}
      </header>
      {ATTENTION_REASONS.filter((reason) => shown.some((task) => task.needs_attention === reason)).map((reason) => (
        <div key={reason}>
          <p class="small needing-reason">
            <strong>{ATTENTION_WORDS[reason]}</strong> <span class="muted">{ADVICE[reason]}</span>
          </p>
          <ul class="lines">
            {shown
              .filter((task) => task.needs_attention === reason)
              .map((task) => (
                <NeedingRow key={task.id} task={task} assign={() => ask('assign', task)} />
              ))}
          </ul>
        </div>
      ))}
    </section>
  );
}

function NeedingRow({ task, assign }: { readonly task: Task; readonly assign: () => void }) {
  const since = events.value.find(({ kind, task_id }) => kind === 'task.attention_needed' && task_id === task.id)?.at;
  return (
    <li class="needing-row">
      <a class="name needing-name" href={to.task(task.id)} data-row={task.id}>
        <bdi>{task.name}</bdi>
      </a>
      <span class="small muted">
        {task.assigned_agent_id === null ? 'nobody holds it' : `held by ${agentName(task.assigned_agent_id)}`}
        {since !== undefined && (
          <>
            {' '}
            · <Age at={since} />
          </>
        )}{' '}
        <Announced taskId={task.id} />
      </span>
      <div class="row needing-acts">
        {may('direct_tasks') && (
          <Button icon="userPlus" onClick={assign}>
            Assign
          </Button>
        )}
        {may('resolve') && (
          <Button icon="userCheck" onClick={() => resolveTask(task.id)}>
            Resolve
          </Button>
        )}
        {may('direct_tasks') && <Button kind="quiet" icon="ban" label={`Cancel ${task.name}`} onClick={() => cancelTask(task)} />}
      </div>
    </li>
  );
}
