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

export const isRefusal = (value: object): value is Refusal => 'refused' in value;
