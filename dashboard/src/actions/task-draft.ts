import { ApiProblem } from '#dashboard/api.ts';
import { listed } from '#dashboard/forms.ts';
import { localTime } from '#dashboard/time.ts';
import type { Task, TaskCreate } from '#schemas/resources.ts';

/** A task as the form holds it, as text; what of it can be sent, and what is wrong where. Pure. */

export interface Draft {
  readonly name: string;
  readonly description: string;
  readonly agent_name: string;
  readonly priority: string;
  readonly required_capabilities: string;
  readonly blocked_by: string;
  readonly deadline: string;
  readonly ping_interval_minutes: string;
  readonly is_ping_enabled: boolean;
  readonly escalation_chain: string;
}
export type Faults = Partial<Record<keyof Draft | 'form', string>>;

export const draftOf = (task: Task | undefined): Draft => ({
  name: task?.name ?? '',
  description: task?.description ?? '',
  agent_name: '',
  priority: String(task?.priority ?? 0),
  required_capabilities: task?.required_capabilities.join(', ') ?? '',
  blocked_by: task?.blocked_by.join(', ') ?? '',
  deadline: task?.deadline ? localTime(task.deadline) : '',
  ping_interval_minutes: task === undefined ? '' : String(task.ping_interval_minutes),
  is_ping_enabled: task?.is_ping_enabled ?? true,
  escalation_chain: task?.escalation_chain?.join(', ') ?? '',
});

const isWhole = (text: string): boolean => /^-?\d+$/.test(text.trim());

/** What is to be sent. On `before`, only what differs from it: what others changed meanwhile is not put back. */
export function bodyOf(draft: Draft, before: Draft | null): { readonly body: Partial<TaskCreate>; readonly faults: Faults } {
  const faults: Faults = {};
  const ids = listed(draft.blocked_by).map((id) => id.replace(/^#/, ''));
  if (draft.name.trim() === '') faults.name = 'A task needs a name';
  if (!isWhole(draft.priority)) faults.priority = 'A whole number';
  if (!ids.every((id) => /^[1-9]\d{0,14}$/.test(id))) faults.blocked_by = 'Ids of tasks, with commas between: 12, 15';
  const interval = draft.ping_interval_minutes.trim().replace(',', '.');
  if (interval !== '' && !(Number(interval) > 0)) faults.ping_interval_minutes = 'Minutes, as a number above 0';
  if (interval === '' && before !== null && before.ping_interval_minutes !== '') faults.ping_interval_minutes = 'Minutes, as a number above 0';
  const chain = listed(draft.escalation_chain);
  const all: Record<keyof Draft, unknown> = {
    name: draft.name.trim(),
    description: draft.description === '' ? null : draft.description,
    agent_name: draft.agent_name.trim() === '' ? undefined : draft.agent_name.trim(),
    priority: Number(draft.priority),
    required_capabilities: listed(draft.required_capabilities),
    blocked_by: ids.map(Number),
    deadline: draft.deadline === '' ? null : new Date(draft.deadline).toISOString(),
    ping_interval_minutes: interval === '' ? undefined : Number(interval),
    is_ping_enabled: draft.is_ping_enabled,
    escalation_chain: chain.length === 0 ? null : chain,
  };
  const isSent = (key: string): boolean =>
    all[key as keyof Draft] !== undefined && (before === null || draft[key as keyof Draft] !== before[key as keyof Draft]); // as: keys of `all`
  return { body: Object.fromEntries(Object.entries(all).filter(([key]) => isSent(key))) as Partial<TaskCreate>, faults }; // as: each field as that schema has it
}

/** A refusal, at the field that it is about; else at the form. */
export function faultsOf(error: unknown, sent: Partial<TaskCreate>): Faults {
  if (!(error instanceof ApiProblem)) return { form: error instanceof Error ? error.message : String(error) };
  const faults: Faults = {};
  for (const { pointer, message } of error.problem.errors ?? []) {
    const field = pointer.split('/')[1] as keyof Draft; // as: looked up right below
    if (field in sent) faults[field] ??= message;
    else faults.form = [faults.form, `${pointer.slice(1) || 'It'} ${message}`].filter(Boolean).join('; ');
  }
  if (Object.keys(faults).length > 0) return faults;
  switch (error.code) {
    case 'agent_not_found':
      return { [sent.agent_name != null && !/chain/i.test(error.message) ? 'agent_name' : 'escalation_chain']: error.message };
    case 'task_not_found':
    case 'blocked_cycle':
      return { blocked_by: error.message };
    default:
      return { form: error.status === 412 ? 'Somebody else changed this task meanwhile. Close, look at it again, and repeat your change.' : error.message };
  }
}
