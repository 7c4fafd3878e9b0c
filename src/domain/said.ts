import type * as said from '#schemas/messages.ts';
import { epoch } from '#schemas/time.ts';
import type { Ack, AssignTask, Complete, Fail, Snooze } from './command.ts';

/**
 * What an agent said, as a command in the name of `agent_id`, the same over MQTT and REST. Every field is named here one by one: payloads may carry
 * unknown fields, and none of them may reach a command. Null and absent both mean "nothing said", but a `result` of null is a result.
 */

const given = <T>(value: T | null | undefined): T | undefined => value ?? undefined;

const work = (agent_id: number, v: Pick<said.Ack, 'task_id' | 'assignment_id' | 'message_id'>) => ({
  agent_id,
  task_id: given(v.task_id),
  assignment_id: given(v.assignment_id),
  message_id: given(v.message_id),
});

export const ackOf = (agentId: number, v: said.Ack): Ack => ({
  type: 'ack',
  ...work(agentId, v),
  ping_id: given(v.ping_id),
  note: given(v.note),
  progress: given(v.progress),
  busy_until: typeof v.busy_until === 'string' ? epoch(v.busy_until) : undefined,
});
export const snoozeOf = (agentId: number, v: said.Snooze): Snooze => ({
  type: 'snooze',
  ...work(agentId, v),
  minutes: given(v.minutes),
  reason: given(v.reason),
});
export const completeOf = (agentId: number, v: said.Complete): Complete => ({ type: 'complete', ...work(agentId, v), result: v.result, note: given(v.note) });
export const failOf = (agentId: number, v: said.Fail): Fail => ({ type: 'fail', ...work(agentId, v), reason: given(v.reason) });
export const assignOf = (agentId: number, v: said.Assign): AssignTask => ({
  type: 'assign',
  agent_id: agentId,
  task_id: v.task_id,
  agent_name: given(v.agent_name),
  message_id: given(v.message_id),
});
