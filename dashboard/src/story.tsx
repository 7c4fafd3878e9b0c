import type { ComponentChildren } from 'preact';
import type { Event } from '#schemas/resources.ts';
import { ATTENTION_WORDS } from '#schemas/vocabulary.ts';
import { to } from './address.ts';
import type { IconName } from './components/icon.tsx';
import { agentName, taskName } from './store.ts';
import { clockTime } from './time.ts';
import type { Tone } from './tone.ts';
import './story.css';

/** Events in words, with links to whom and what they speak of. A kind that has no words here is told by its name. */

const text = (value: unknown): string => (value === null || value === undefined ? '–' : String(value));
const because = (reason: unknown): string => (typeof reason === 'string' && reason !== '' ? `: ${reason}` : '');
const attention = (reason: unknown): string => (ATTENTION_WORDS as Record<string, string>)[text(reason)] ?? text(reason); // as: looked up by what the wire brings

const FAILED: Readonly<Record<string, string>> = {
  timeout: 'gave no answer in time on',
  stale: 'is gone, and loses',
  reported: 'fails',
  reassigned: 'hands over',
  cancelled: 'may stop',
  deactivated: 'is deactivated, and loses',
};

const AgentLink = ({ id }: { readonly id: number | null }) => (id === null ? null : <a href={to.agent(id)}>{agentName(id)}</a>);
const TaskLink = ({ event }: { readonly event: Event }) =>
  event.task_id === null ? null : <a href={to.task(event.task_id)}>{typeof event.data['name'] === 'string' ? event.data['name'] : taskName(event.task_id)}</a>;

type Words = (who: ComponentChildren, task: ComponentChildren, data: Readonly<Record<string, unknown>>) => ComponentChildren;
type Look = readonly [icon: IconName, tone: Tone, words: Words];

const LOOKS: Readonly<Record<string, Look>> = {
  'agent.registered': ['userPlus', 'info', (who) => <>{who} was registered</>],
  'agent.updated': ['settings', 'calm', (who) => <>{who} was changed</>],
  'agent.deactivated': ['power', 'calm', (who) => <>{who} was deactivated</>],
  'agent.token_renewed': ['key', 'calm', (who) => <>{who} has a new token</>],
  'agent.online': ['heartPulse', 'good', (who) => <>{who} is online</>],
  'agent.stale': ['wifiOff', 'bad', (who) => <>{who} fell silent: offline</>],
  'agent.mass_stale': ['wifiOff', 'bad', (_w, _t, d) => `${text(d['shaky'])} of ${text(d['of'])} agents fell silent at once`],
  'task.created': ['plus', 'info', (_, task) => <>New task {task}</>],
  'task.updated': ['settings', 'calm', (_, task) => <>{task} was changed</>],
  'task.deleted': ['x', 'calm', (_w, _t, d) => <>Task {text(d['name'])} was deleted</>],
  'task.waiting': ['hourglass', 'warn', (_, task) => <>{task} waits for a free agent</>],
  'task.freed': ['check', 'info', (_, task) => <>{task} is no longer blocked</>],
  'task.deadline_passed': ['clock', 'bad', (_, task) => <>The deadline of {task} has passed</>],
  'task.attention_needed': [
    'bellRing',
    'bad',
    (_w, task, d) => (
      <>
        {task} needs a person: {attention(d['reason'])}
      </>
    ),
  ],
  'task.attention_cleared': ['check', 'good', (_, task) => <>{task} needs no person any more</>],
  'task.resolved': ['userCheck', 'good', (_, task) => <>{task} was resolved</>],
  'task.commented': ['info', 'calm', (_, task) => <>Comment on {task}</>],
  'assignment.assigned': [
    'userCheck',
    'info',
    (who, task, d) => (
      <>
        {who} gets {task}
        {d['kind'] === 'escalated' ? ' (escalated)' : ''}
      </>
    ),
  ],
  'assignment.pinged': [
    'send',
    'calm',
    (who, task, d) => (
      <>
        {who} was pinged about {task}
        {Number(d['attempt']) > 1 ? ` (attempt ${text(d['attempt'])})` : ''}
      </>
    ),
  ],
  'assignment.acknowledged': [
    'check',
    'good',
    (who, task, d) => (
      <>
        {who} acknowledges {task}
        {because(d['note'])}
      </>
    ),
  ],
  'assignment.snoozed': [
    'moon',
    'info',
    (who, task, d) => (
      <>
        {who} snoozes {task}
        {typeof d['snooze_until'] === 'string' ? ` until ${clockTime(d['snooze_until'])}` : ''}
        {because(d['reason'])}
      </>
    ),
  ],
  'assignment.snooze_over': ['moon', 'calm', (_, task) => <>The snooze of {task} is over</>],
  'assignment.completed': [
    'circleCheck',
    'good',
    (who, task, d) => (
      <>
        {who} completes {task}
        {because(d['note'])}
      </>
    ),
  ],
  'assignment.failed': [
    'circleX',
    'bad',
    (who, task, d) => (
      <>
        {who} {FAILED[text(d['reason'])] ?? 'fails'} {task}
        {because(d['note'])}
      </>
    ),
  ],
  'assignment.escalated': [
    'trendingUp',
    'warn',
    (_, task, d) =>
      d['to'] === null ? (
        <>
          {task}: nobody is left to escalate to{because(d['why'])}
        </>
      ) : (
        <>
          {task} goes from {text(d['from'])} ({text(d['reason'])}) to <strong>{text(d['to'])}</strong>
        </>
      ),
  ],
  'assignment.renewed': [
    'refresh',
    'warn',
    (who, task) => (
      <>
        {who} keeps {task}: pinging goes on
      </>
    ),
  ],
  'message.refused': [
    'circleX',
    'warn',
    (who, _, d) => (
      <>
        {who ?? 'Somebody'} sent a message that was refused{because(d['code'])}
      </>
    ),
  ],
};

/** How a command came in. */
export const CHANNEL_WORDS: Readonly<Record<Event['channel'], string>> = {
  mqtt: 'over MQTT',
  rest: 'over REST',
  webhook: 'by webhook',
  coordinator: 'by the coordinator itself',
};

/** Why an assignment ends without anything having gone wrong. */
const ORDERLY: readonly unknown[] = ['reassigned', 'cancelled', 'deactivated'];
export const isOrderly = ({ kind, data }: Event): boolean => kind === 'assignment.failed' && ORDERLY.includes(data['reason']);

/** What went other than hoped for, and who took over. */
export const TROUBLE: readonly string[] = [
  'assignment.escalated',
  'assignment.failed',
  'assignment.renewed',
  'task.attention_needed',
  'task.attention_cleared',
  'task.resolved',
  'task.waiting',
  'task.deadline_passed',
  'agent.stale',
  'agent.mass_stale',
];

export function lookOf(event: Event): { readonly icon: IconName; readonly tone: Tone } {
  if (isOrderly(event)) return { icon: 'arrowUpRight', tone: 'calm' };
  const [icon, tone] = LOOKS[event.kind] ?? ['info', 'calm'];
  return { icon, tone };
}

/** What happened, as a sentence with links. */
export function Story({ event }: { readonly event: Event }) {
  const words = LOOKS[event.kind]?.[2];
  const who = event.agent_id === null ? null : <AgentLink id={event.agent_id} />;
  const task = <TaskLink event={event} />;
  if (words !== undefined) return <>{words(who, task, event.data)}</>;
  return (
    <>
      {event.kind.replace(/[._]/g, ' ')} {who} {task}
    </>
  );
}
