import { useEffect, useRef, useState } from 'preact/hooks';
import { ApiProblem, all, get, type Page } from '#dashboard/api.ts';
import { isFresh, learn, onEvents } from '#dashboard/store.ts';
import { failed } from '#dashboard/toast.tsx';
import type { Comment, Phase } from '#schemas/conversation.ts';
import type { Assignment, Event, Task, Why } from '#schemas/resources.ts';

/** Everything that is known of one task, kept true while its screen is shown. */
interface TaskData {
  readonly state: 'loading' | 'here' | 'gone';
  readonly task: Task | null;
  /** Newest first. */
  readonly history: readonly Assignment[];
  /** Oldest first. */
  readonly comments: readonly Comment[];
  readonly phases: readonly Phase[];
  readonly why: Why | null;
  /** Oldest first. */
  readonly trail: readonly Event[];
  /** There are earlier events than these. */
  readonly isCut: boolean;
}

const EMPTY: TaskData = { state: 'loading', task: null, history: [], comments: [], phases: [], why: null, trail: [], isCut: false };
const MOST_EVENTS = 1000;
const MOST_COMMENTS = 1000;
/** Several events at once are one reading. */
const READ_AFTER_MS = 200;
/** A receipt is no event: it comes shortly after the ping. */
const RECEIPT_MS = 1500;

export function useTaskData(id: number): TaskData & { readonly reload: () => void } {
  const [data, setData] = useState<TaskData>(EMPTY);
  const isHere = isFresh.value;
  const reload = useRef<(after?: number) => void>(() => {});
  useEffect(() => {
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const put = (more: Partial<TaskData>): void => {
      if (!stop.signal.aborted) setData((old) => ({ ...old, ...more }));
    };
    const again = (): void => {
      timer = undefined;
      void readState(id, stop.signal).then(put, (error) => !stop.signal.aborted && failed(error));
    };
    reload.current = (after = 0) => {
      if (timer !== undefined && after > 0) return; // a task that something happens to all the time is read all the same
      clearTimeout(timer);
      timer = setTimeout(again, after);
    };
    if (isHere) {
      again();
      readTrail(id, stop.signal).then(
        ({ trail, isCut }) => !stop.signal.aborted && setData((old) => ({ ...old, trail: joined(trail, old.trail), isCut })),
        () => {}, // that the task is gone is told by the other reading
      );
    }
    const end = onEvents((messages) => {
      const ours = messages.flatMap(({ event }) => (event.task_id === id ? event : []));
      if (ours.length === 0) return;
      setData((old) => ({ ...old, trail: joined(old.trail, ours) }));
      reload.current(READ_AFTER_MS);
      if (ours.some(({ kind }) => kind === 'assignment.pinged')) setTimeout(() => !stop.signal.aborted && again(), RECEIPT_MS);
    });
    return () => {
      stop.abort();
      clearTimeout(timer);
      end();
    };
  }, [id, isHere]);
  return { ...data, reload: () => reload.current() };
}

async function readState(id: number, signal: AbortSignal): Promise<Partial<TaskData>> {
  try {
    const [task, history, phases, why, comments] = await Promise.all([
      get<Task>(`/tasks/${id}`, { signal }),
      get<Page<Assignment>>(`/tasks/${id}/assignments?limit=200`, { signal }),
      get<Page<Phase>>(`/tasks/${id}/phases?limit=200`, { signal }),
      get<Why>(`/tasks/${id}/why`, { signal }),
      all<Comment>(`/tasks/${id}/comments`, MOST_COMMENTS, { signal }),
    ]);
    learn({ task, assignment: history.items[0] });
    return { state: 'here', task, history: history.items, phases: phases.items, why, comments: comments.items.sort((a, b) => a.id - b.id) };
  } catch (error) {
    if (error instanceof ApiProblem && error.status === 404) return { state: 'gone' };
    throw error;
  }
}

async function readTrail(id: number, signal: AbortSignal): Promise<Pick<TaskData, 'trail' | 'isCut'>> {
  const { items, isCut } = await all<Event>(`/events?task=${id}&order=desc`, MOST_EVENTS, { signal });
  return { trail: items.reverse(), isCut };
}

/** What came after the last that is held, at its end. */
function joined(held: readonly Event[], more: readonly Event[]): readonly Event[] {
  const last = held.at(-1)?.id ?? 0;
  return [...held, ...more.filter(({ id }) => id > last)].slice(-MOST_EVENTS);
}
