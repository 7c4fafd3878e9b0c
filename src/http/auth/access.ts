import type { Principal } from '#domain/principal.ts';
import type { TodoPatch } from '#schemas/conversation.ts';
import { withoutPayload } from '#schemas/refused.ts';
import type { Event, TaskPatch, Why } from '#schemas/resources.ts';
import type { WireMessage } from '#schemas/wire.ts';

/**
 * Who may do what over HTTP (contract §4), pure. The admin may do all; the table says what the others may.
 *
 * - `all`: any.
 * - `own_rows`: a list, narrowed to what is the agent's own.
 * - `see_self`: the agent in the path must be itself; any other is not to be seen (404).
 * - `be_self`: likewise, but this acts: for any other it is forbidden (403), whether that agent exists or not.
 * - `own_task`: the task in the path must be one it holds or has held; any other is not to be seen (404).
 * - `hidden`: not to be seen (404). `never`: not to be done (403).
 */
export type Rule = 'all' | 'own_rows' | 'see_self' | 'be_self' | 'own_task' | 'hidden' | 'never';

const ACCESS = {
  list_agents: { main_agent: 'all', sub_agent: 'own_rows' },
  read_agent: { main_agent: 'all', sub_agent: 'see_self' },
  read_wire: { main_agent: 'all', sub_agent: 'see_self' },
  sync_agent: { main_agent: 'all', sub_agent: 'see_self' },
  register_agent: { main_agent: 'never', sub_agent: 'never' },
  change_agent: { main_agent: 'never', sub_agent: 'never' },
  act_as_agent: { main_agent: 'be_self', sub_agent: 'be_self' },
  list_tasks: { main_agent: 'all', sub_agent: 'own_rows' },
  read_task: { main_agent: 'all', sub_agent: 'own_task' },
  create_task: { main_agent: 'all', sub_agent: 'never' },
  /** A main agent may only cancel: `mayPatchTask` looks into the patch. */
  change_task: { main_agent: 'all', sub_agent: 'never' },
  delete_task: { main_agent: 'never', sub_agent: 'never' },
  change_phases: { main_agent: 'never', sub_agent: 'never' },
  read_stage: { main_agent: 'all', sub_agent: 'own_task' },
  /** Of the task that it holds now, which is decided with the command; and nothing but tick (`mayPatchTodo`). */
  tick_todo: { main_agent: 'all', sub_agent: 'own_task' },
  direct_task: { main_agent: 'all', sub_agent: 'never' },
  comment_task: { main_agent: 'all', sub_agent: 'own_task' },
  list_events: { main_agent: 'all', sub_agent: 'own_rows' },
  list_notifications: { main_agent: 'all', sub_agent: 'hidden' },
  /** Of the fleet; an agent's own are `read_agent`. */
  read_stats: { main_agent: 'all', sub_agent: 'hidden' },
  change_notification: { main_agent: 'never', sub_agent: 'never' },
  read_settings: { main_agent: 'all', sub_agent: 'hidden' },
  see_session: { main_agent: 'all', sub_agent: 'all' },
  list_sessions: { main_agent: 'all', sub_agent: 'own_rows' },
  /** An agent ends its own alone. */
  end_session: { main_agent: 'all', sub_agent: 'all' },
} as const satisfies Record<string, Record<'main_agent' | 'sub_agent', Rule>>;

export type Action = keyof typeof ACCESS;
/** What the table says, for the document. */
export const rulesOf = (action: Action): Readonly<Record<'main_agent' | 'sub_agent', Rule>> => ACCESS[action];
export type Verdict = 'granted' | 'hidden' | 'forbidden';

/** Whether judging this action needs to know if the task in the path is the principal's own. */
export const needsTaskOwnership = (principal: Principal, action: Action): boolean => ruleOf(principal, action) === 'own_task';

/** `target.id`: the number in the path, null where it is not one. `target.ownsTask`: only looked at when `needsTaskOwnership`. */
export function judge(principal: Principal, action: Action, target: { readonly id: number | null; readonly ownsTask: boolean }): Verdict {
  const rule = ruleOf(principal, action);
  const isSelf = principal.kind === 'agent' && principal.id === target.id;
  switch (rule) {
    case 'all':
    case 'own_rows':
      return 'granted';
    case 'see_self':
      return isSelf ? 'granted' : 'hidden';
    case 'be_self':
      return isSelf ? 'granted' : 'forbidden';
    case 'own_task':
      return target.ownsTask ? 'granted' : 'hidden';
    case 'hidden':
      return 'hidden';
    case 'never':
      return 'forbidden';
    default:
      return rule satisfies never;
  }
}

function ruleOf(principal: Principal, action: Action): Rule {
  return principal.kind === 'agent' ? ACCESS[action][principal.type] : 'all';
}

/** The agent whose rows alone a list may show, or null for all rows. */
export const ownRowsOf = (principal: Principal, action: Action): number | null =>
  principal.kind === 'agent' && ruleOf(principal, action) === 'own_rows' ? principal.id : null;

/** A main agent may cancel a task and change nothing else about it. */
export function mayPatchTask(principal: Principal, patch: TaskPatch): boolean {
  if (principal.kind !== 'agent') return true;
  return Object.keys(patch).length === 1 && patch.status === 'cancelled';
}

/** An agent ticks a todo and changes nothing else about it. */
export function mayPatchTodo(principal: Principal, patch: TodoPatch): boolean {
  return principal.kind !== 'agent' || (Object.keys(patch).length === 1 && patch.is_done !== undefined);
}

/** The event as this principal may see it: refused payloads are the admin's, and for a sub-agent its own. */
export function eventFor(principal: Principal, event: Event): Event {
  const isOwn = principal.kind !== 'agent' || (principal.type === 'sub_agent' && event.agent_id === principal.id);
  return isOwn ? event : withoutPayload(event);
}

/** A raw message as this principal may see it: a main agent gets no payload that was refused, or may still be, nor the words of a refusal. */
export function messageFor(principal: Principal, message: WireMessage): WireMessage {
  if (principal.kind !== 'agent' || principal.type === 'sub_agent') return message;
  const isSound = message.direction === 'in' ? message.state === 'taken' : message.kind !== 'refusal';
  return isSound ? message : { ...message, payload: null };
}

/** An explanation as this principal may see it: a sub-agent learns of its own task, not how the other agents are doing. */
export function whyFor(principal: Principal, why: Why): Why {
  if (principal.kind !== 'agent' || principal.type === 'main_agent') return why;
  const isItself = ({ agent }: { readonly agent: string | null }): boolean => agent === principal.name;
  return {
    ...why,
    considered: why.considered.filter(isItself),
    chain: why.chain.filter(isItself),
    if_nobody_answers: why.if_nobody_answers.map((step) => ({ ...step, agent: isItself(step) ? step.agent : null, data: {} })),
  };
}
