import type { Task } from '#schemas/resources.ts';
import { ApiProblem, get } from './api.ts';
import { me, otherNames, whenUnknownTask } from './store.ts';

/** Looks up the names of tasks that the feed does not tell, a few at a time and each once. */

const AT_ONCE = 4;
const MAX_KEPT = 1000;
/** Waited for, or on its way. What is known is in the store, which forgets it all when somebody logs out. */
const asked = new Set<number>();
const RETRY_MS = 5000;
const waiting: number[] = [];
let running = 0;

export function lookUpNames(): void {
  whenUnknownTask((id) => {
    if (asked.has(id)) return;
    asked.add(id);
    waiting.push(id);
    queueMicrotask(next); // not while the page is being drawn
  });
}

function next(): void {
  while (running < AT_ONCE) {
    const id = waiting.pop(); // the newest: that one is being looked at
    if (id === undefined) return;
    running += 1;
    void nameOf(id).then((name) => {
      running -= 1;
      if (name !== null) keep(id, name);
      else if (waiting.length < MAX_KEPT) setTimeout(() => askAgain(id), RETRY_MS);
      else asked.delete(id);
      next();
    });
  }
}

/** Those that show it may not be drawn again for long. */
function askAgain(id: number): void {
  asked.delete(id);
  if (me.value === null || otherNames.value.has(id)) return;
  asked.add(id);
  waiting.push(id);
  next();
}

function keep(id: number, name: string): void {
  asked.delete(id);
  const names = [...otherNames.value, [id, name] as const];
  otherNames.value = new Map(names.slice(-MAX_KEPT));
}

/** null: it could not be asked, and may be asked for again. */
async function nameOf(id: number): Promise<string | null> {
  try {
    return (await get<Task>(`/tasks/${id}`)).name;
  } catch (error) {
    return error instanceof ApiProblem && error.status === 404 ? `task ${id} (deleted)` : null;
  }
}
