import type { Event } from '#schemas/resources.ts';
import { ATTENTION_WORDS, type EventKind } from '#schemas/vocabulary.ts';
import type { IconName } from './components/icon.tsx';
import type { Tone } from './tone.ts';

/** What every screen tells of an event alike: its icon and tone, how it came, and why. The sentences are in story.tsx and, of one task, in screens/task/words.ts. */

interface Look {
  readonly icon: IconName;
  readonly tone: Tone;
}

const LOOKS: Readonly<Record<EventKind, readonly [icon: IconName, tone: Tone]>> = {
  'agent.registered': ['userPlus', 'info'],
  'agent.updated': ['pencil', 'calm'],
  'agent.deactivated': ['power', 'calm'],
  'agent.token_renewed': ['key', 'calm'],
  'agent.online': ['heartPulse', 'good'],
  'agent.stale': ['wifiOff', 'bad'],
  'agent.mass_stale': ['wifiOff', 'bad'],
  'agent.webhook_failed': ['alert', 'warn'],
  'task.created': ['plus', 'info'],
  'task.updated': ['pencil', 'calm'],
  'task.deleted': ['trash', 'calm'],
  'task.waiting': ['hourglass', 'warn'],
  'task.freed': ['check', 'info'],
  'task.deadline_passed': ['clock', 'bad'],
  'task.attention_needed': ['bellRing', 'bad'],
  'task.attention_cleared': ['check', 'good'],
  'task.resolved': ['userCheck', 'good'],
  'task.commented': ['message', 'calm'],
  'task.phase_added': ['list', 'calm'],
  'task.phase_updated': ['list', 'calm'],
  'task.phase_completed': ['listChecks', 'good'],
  'task.phase_reopened': ['list', 'calm'],
  'task.phase_removed': ['list', 'calm'],
  'task.todo_added': ['plus', 'calm'],
  'task.todo_updated': ['pencil', 'calm'],
  'task.todo_done': ['check', 'good'],
  'task.todo_reopened': ['rotate', 'calm'],
  'task.todo_removed': ['x', 'calm'],
  'assignment.assigned': ['userCheck', 'info'],
  'assignment.pinged': ['send', 'calm'],
  'assignment.acknowledged': ['check', 'good'],
  'assignment.snoozed': ['moon', 'info'],
  'assignment.snooze_over': ['moon', 'calm'],
  'assignment.completed': ['circleCheck', 'good'],
  'assignment.failed': ['circleX', 'bad'],
  'assignment.escalated': ['trendingUp', 'warn'],
  'assignment.renewed': ['refresh', 'warn'],
  'message.refused': ['circleX', 'warn'],
  'message.repeated': ['refresh', 'calm'],
  'coordinator.recovered': ['refresh', 'info'],
  'coordinator.repaired': ['settings', 'warn'],
};

type Said = Pick<Event, 'kind' | 'data'>;

/** Why an assignment ends without anything having gone wrong. */
const ORDERLY: readonly unknown[] = ['reassigned', 'cancelled', 'deactivated'];
export const isOrderly = ({ kind, data }: Said): boolean => kind === 'assignment.failed' && ORDERLY.includes(data['reason']);

/** A kind that is not known here (a newer server's) is no worse than calm. */
export function lookOf(event: Said): Look {
  if (isOrderly(event)) return { icon: 'arrowUpRight', tone: 'calm' };
  const [icon, tone] = LOOKS[event.kind as EventKind] ?? (['info', 'calm'] as const); // as: looked up by what the wire brings
  return { icon, tone };
}

/** How a command came in. */
export const CHANNEL_WORDS: Readonly<Record<Event['channel'], string>> = {
  mqtt: 'over MQTT',
  rest: 'over REST',
  webhook: 'by webhook',
  coordinator: 'by the coordinator itself',
};

export const text = (value: unknown): string => (typeof value === 'string' || typeof value === 'number' ? String(value) : '–');
export const because = (reason: unknown): string => (typeof reason === 'string' && reason !== '' ? `: ${reason}` : '');
export const attention = (reason: unknown): string => (ATTENTION_WORDS as Record<string, string>)[text(reason)] ?? text(reason); // as: looked up by what the wire brings
