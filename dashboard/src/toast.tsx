import { signal } from '@preact/signals';
import { told } from './api.ts';
import { Button } from './components/button.tsx';
import { Icon } from './components/icon.tsx';
import { isFresh, NOT_NOW } from './store.ts';
import './toast.css';

/**
 * Short notices at the edge of the page. `toast('Pinged')`; `failed(error)`; `withUndo('Deactivating bob', run)` carries out after a few
 * seconds unless somebody takes it back: what sets the coordinator in motion cannot be undone afterwards. Leaving the page carries it out.
 */

interface Toast {
  readonly id: number;
  readonly text: string;
  readonly kind: 'done' | 'failed' | 'pending';
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
  toasts.value = [...toasts.value, { ...toast, id }].slice(-MAX_SHOWN);
  const close = (): void => {
    toasts.value = toasts.value.filter((each) => each.id !== id);
  };
  setTimeout(close, ms);
  return close;
}

export function toast(text: string): void {
  show({ text, kind: 'done' }, SHOWN_MS);
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

export function withUndo(text: string, run: () => Promise<unknown>): void {
  const go = (): void => {
    clearTimeout(timer);
    removeEventListener('pagehide', go);
    close();
    void attempt(run);
  };
  const undo = (): void => {
    clearTimeout(timer);
    removeEventListener('pagehide', go);
    close();
  };
  const close = show({ text, kind: 'pending', undo }, UNDO_MS + 1000);
  const timer = setTimeout(go, UNDO_MS);
  addEventListener('pagehide', go);
}

export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.value.map(({ id, text, kind, undo }) => (
        <div class="toast" data-kind={kind} key={id}>
          <Icon name={kind === 'failed' ? 'alert' : kind === 'pending' ? 'clock' : 'check'} />
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
