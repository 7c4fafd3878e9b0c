import type { Code, Instruction } from '#schemas/vocabulary.ts';

/** An expected no: a value with a code, never thrown. `detail` says what is wrong and what to do. */
export interface Refusal {
  readonly refused: true;
  readonly code: Code;
  readonly detail: string;
  /** What the sender should do about its work now. */
  readonly instruction: Instruction;
  readonly task_id: number | null;
}

export const refuse = (code: Code, detail: string, more: { instruction?: Instruction; task_id?: number | null } = {}): Refusal => ({
  refused: true,
  code,
  detail,
  instruction: more.instruction ?? 'none',
  task_id: more.task_id ?? null,
});

/** There is no such task, or it was deleted. */
export const noTask = (id: number): Refusal => refuse('task_not_found', `There is no task ${id}.`, { task_id: id });

/** `if_revision` is not that of the row any more. @param what it is called, for people */
export const changedMeanwhile = (what: string, task_id: number | null = null): Refusal =>
  refuse('conflict', `${what} was changed meanwhile; read it again.`, { task_id });

export const isRefusal = (value: object): value is Refusal => 'refused' in value;
