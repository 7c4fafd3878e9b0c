import { signal } from '@preact/signals';
import { told } from './api.ts';
import { Button } from './components/button.tsx';
import { Icon } from './components/icon.tsx';
import { isFresh, NOT_NOW } from './store.ts';
import './toast.css';

/**
 * Short notices at the edge of the page. `toast('Pinged')`; `refused('Nobody holds it')`; `failed(error)`; `withUndo('Deactivating bob', run)` carries out after a few
 * seconds unless somebody takes it back: what sets the coordinator in motion cannot be undone afterwards. Leaving the page carries it out.
 */

interface Toast {
  readonly id: number;
  readonly text: string;
  readonly kind: 'done' | 'refused' | 'failed' | 'pending';
  readonly undo?: () => void;
}

const SHOWN_MS = 6000;
const FAILED_MS = 12_000;
const UNDO_MS = 6000;
const MAX_SHOWN = 4;

const toasts = signal<readonly Toast[]>([]);
let lastId = 0;

function show(toast: Omit<Toast, 'id'>, ms: number): () => void {
  lastId += 1;
  const id = lastId;
  toasts.value = fitting([...toasts.value, { ...toast, id }]);
  const close = (): void => {
    toasts.value = toasts.value.filter((each) => each.id !== id);
  };
  setTimeout(close, ms);
  return close;
}

/** What can still be taken back stays longest. */
function fitting(all: readonly Toast[]): readonly Toast[] {
  if (all.length <= MAX_SHOWN) return all;
  const least = all.slice(0, -1).find(({ undo }) => undo === undefined) ?? all[0];
  return all.filter((each) => each !== least);
}

export function toast(text: string): void {
  show({ text, kind: 'done' }, SHOWN_MS);
}

/** Nothing was done, and why. */
export function refused(text: string): void {
  show({ text, kind: 'refused' }, FAILED_MS);
}

export function failed(error: unknown): void {
  show({ text: told(error), kind: 'failed' }, FAILED_MS);
}

/** Runs, says what was done (an answer's `message` unless said), and what went wrong. Gives the answer, or undefined. On what is lost from sight nobody acts. */
export async function attempt<T>(run: () => Promise<T>, done?: string): Promise<T | undefined> {
  if (!isFresh.value) {
    failed(new Error(NOT_NOW));
    return undefined;
  }
  try {
    const answer = await run();
    const message = typeof answer === 'object' && answer !== null && 'message' in answer && typeof answer.message === 'string' ? answer.message : undefined;
    const text = done ?? message;
    if (text !== undefined) toast(text);
    return answer;
  } catch (error) {
    failed(error);
    return undefined;
  }
}

/** What waits for an undo, to be carried out at once. */
const pending = new Set<() => Promise<void>>();

/** Somebody logs out: what they asked for is done before. */
export async function carryOut(): Promise<void> {
  await Promise.all([...pending].map((go) => go()));
}

/** Tasks with which something is about to happen, unless it is undone, by id: in a word or two. */
export const announced = signal<ReadonlyMap<number, string>>(new Map());

function announce(taskIds: readonly number[], words: string): () => void {
  announced.value = new Map([...announced.value, ...taskIds.map((id) => [id, words] as const)]);
  return () => {
    announced.value = new Map([...announced.value].filter(([id]) => !taskIds.includes(id)));
  };
}

interface About {
  readonly taskIds: readonly number[];
  readonly words: string;
}

/** `about`: the tasks that show meanwhile what is about to happen. */
export function withUndo(text: string, run: () => Promise<unknown>, about: About = { taskIds: [], words: '' }): void {
  const retract = announce(about.taskIds, about.words);
  const end = (): void => {
    clearTimeout(timer);
    removeEventListener('pagehide', go);
    pending.delete(go);
    close();
  };
  const go = async (): Promise<void> => {
    end();
    if (isFresh.value) await attempt(run);
    else failed(new Error(`${text}: not done, as the connection is lost`));
    retract();
  };
  const undo = (): void => {
    end();
    retract();
  };
  const close = show({ text, kind: 'pending', undo }, UNDO_MS + 1000);
  const timer = setTimeout(go, UNDO_MS);
  addEventListener('pagehide', go);
  pending.add(go);
}

const ICONS = { done: 'check', refused: 'alert', failed: 'alert', pending: 'clock' } as const;

export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.value.map(({ id, text, kind, undo }) => (
        <div class="toast" data-kind={kind} key={id} role={kind === 'refused' || kind === 'failed' ? 'alert' : undefined}>
          <Icon name={ICONS[kind]} />
          <span>{text}</span>
          {undo && (
            <Button kind="quiet" onClick={undo} always>
              Undo
            </Button>
          )}
        </div>
      ))}
    </div>
  );
}
