import { useEffect, useState } from 'preact/hooks';
import { del, patch, post } from '#dashboard/api.ts';
import { Button } from '#dashboard/components/button.tsx';
import { Badge } from '#dashboard/components/status-badge.tsx';
import { may } from '#dashboard/rights.ts';
import { me } from '#dashboard/store.ts';
import { attempt, withUndo } from '#dashboard/toast.tsx';
import type { Phase, Todo } from '#schemas/conversation.ts';
import '#dashboard/components/meter.css';
import './phases.css';

interface PhasesProps {
  readonly taskId: number;
  readonly holderId: number | null;
  readonly phases: readonly Phase[];
  readonly reload: () => void;
}

/** Stages with their checklists. The admin changes them; whoever holds the task ticks. */
export function TaskPhases({ taskId, holderId, phases, reload }: PhasesProps) {
  const canChange = may('change_tasks');
  if (phases.length === 0 && !canChange) return null;
  const canTick = canChange || (holderId !== null && me.value?.agent_id === holderId);
  const todos = phases.flatMap((phase) => phase.todos);
  const done = todos.filter(({ is_done }) => is_done).length;
  return (
    <section class="card stack" aria-labelledby="phases">
      <div class="row spread">
        <h2 id="phases">Phases</h2>
        {todos.length > 0 && (
          <span class="row small">
            <progress class="meter" value={done} max={todos.length} aria-label="Todos that are done" />
            {done} of {todos.length}
          </span>
        )}
      </div>
      {phases.map((phase) => (
        <PhaseBlock key={phase.id} phase={phase} canChange={canChange} canTick={canTick} reload={reload} />
      ))}
      {canChange && <AddLine label="New phase" add={(name) => post(`/tasks/${taskId}/phases`, { name })} reload={reload} />}
    </section>
  );
}

const LOOKS = { todo: ['calm', 'circle', 'to do'], in_progress: ['info', 'loader', 'in progress'], done: ['good', 'circleCheck', 'done'] } as const;

interface BlockProps {
  readonly phase: Phase;
  readonly canChange: boolean;
  readonly canTick: boolean;
  readonly reload: () => void;
}

function PhaseBlock({ phase, canChange, canTick, reload }: BlockProps) {
  const remove = (): void =>
    withUndo(`Deleting phase “${phase.name.slice(0, 60)}”`, async () => {
      await del(`/phases/${phase.id}`, { keepalive: true });
      reload();
    });
  return (
    <div class="phase">
      <div class="phase-head">
        <h3 class="any-text">
          <bdi>{phase.name}</bdi>
        </h3>
        <span class="row">
          <Badge look={LOOKS[phase.status]} />
          {canChange && <Button kind="quiet" icon="trash" label={`Delete phase ${phase.name.slice(0, 60)}`} onClick={remove} />}
        </span>
      </div>
      <ul>
        {phase.todos.map((todo) => (
          <TodoLine key={todo.id} todo={todo} canChange={canChange} canTick={canTick} reload={reload} />
        ))}
      </ul>
      {canChange && <AddLine label={`New todo in ${phase.name.slice(0, 60)}`} add={(title) => post(`/phases/${phase.id}/todos`, { title })} reload={reload} />}
    </div>
  );
}

/** Ticked at once; unticked again if refused. */
function TodoLine({ todo, canChange, canTick, reload }: { readonly todo: Todo } & Omit<BlockProps, 'phase'>) {
  const [guess, setGuess] = useState<boolean | null>(null);
  useEffect(() => setGuess(null), [todo.is_done]);
  const tick = async (is_done: boolean): Promise<void> => {
    setGuess(is_done);
    const changed = await attempt(() => patch(`/todos/${todo.id}`, { is_done }).then(() => true));
    if (changed === undefined) setGuess(null);
    reload();
  };
  const remove = (): void =>
    withUndo(`Deleting todo “${todo.title.slice(0, 60)}”`, async () => {
      await del(`/todos/${todo.id}`, { keepalive: true });
      reload();
    });
  return (
    <li class="todo">
      <label class="check">
        <input type="checkbox" checked={guess ?? todo.is_done} disabled={!canTick} onChange={(event) => tick(event.currentTarget.checked)} />
        <bdi class="any-text">{todo.title}</bdi>
      </label>
      {todo.done_by !== null && <span class="muted small truncate">{todo.done_by}</span>}
      {canChange && <Button kind="quiet" icon="x" label={`Delete todo ${todo.title.slice(0, 60)}`} onClick={remove} />}
    </li>
  );
}

function AddLine({ label, add, reload }: { readonly label: string; readonly add: (text: string) => Promise<unknown>; readonly reload: () => void }) {
  const [text, setText] = useState('');
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (text.trim() === '') return;
    const added = await attempt(() => add(text.trim()).then(() => true));
    if (added === undefined) return;
    setText('');
    reload();
  };
  return (
    <form class="row" onSubmit={submit}>
      <input class="input" aria-label={label} placeholder={label} maxLength={500} value={text} onInput={(event) => setText(event.currentTarget.value)} />
      <Button type="submit" kind="quiet" icon="plus" label={`Add: ${label}`} />
    </form>
  );
}
