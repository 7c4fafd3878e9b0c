import type { ComponentChildren } from 'preact';
import type { Event } from '#schemas/resources.ts';
import { to } from './address.ts';
import { attention, because, text } from './event-looks.ts';
import { agentName, taskName } from './store.ts';
import { clockTime } from './time.ts';
import './story.css';

/** Events in words, with links to whom and what they speak of. A kind that has no words here is told by its name. */

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
const WORDS: Readonly<Record<string, Words>> = {
  'agent.registered': (who) => <>{who} was registered</>,
  'agent.updated': (who) => <>{who} was changed</>,
  'agent.deactivated': (who) => <>{who} was deactivated</>,
  'agent.token_renewed': (who) => <>{who} has a new token</>,
  'agent.online': (who) => <>{who} is online</>,
  'agent.stale': (who) => <>{who} fell silent: offline</>,
  'agent.mass_stale': (_w, _t, d) => `${text(d['shaky'])} of ${text(d['of'])} agents fell silent at once`,
  'task.created': (_, task) => <>New task {task}</>,
  'task.updated': (_, task) => <>{task} was changed</>,
  'task.deleted': (_w, _t, d) => <>Task {text(d['name'])} was deleted</>,
  'task.waiting': (_, task) => <>{task} waits for a free agent</>,
  'task.freed': (_, task) => <>{task} is no longer blocked</>,
  'task.deadline_passed': (_, task) => <>The deadline of {task} has passed</>,
  'task.attention_needed': (_w, task, d) => (
    <>
      {task} needs a person: {attention(d['reason'])}
    </>
  ),
  'task.attention_cleared': (_, task) => <>{task} needs no person any more</>,
  'task.resolved': (_, task) => <>{task} was resolved</>,
  'task.commented': (_, task) => <>Comment on {task}</>,
  'assignment.assigned': (who, task, d) => (
    <>
      {who} gets {task}
      {d['kind'] === 'escalated' ? ' (escalated)' : ''}
    </>
  ),
  'assignment.pinged': (who, task, d) => (
    <>
      {who} was pinged about {task}
      {Number(d['attempt']) > 1 ? ` (attempt ${text(d['attempt'])})` : ''}
    </>
  ),
  'assignment.acknowledged': (who, task, d) => (
    <>
      {who} acknowledges {task}
      {because(d['note'])}
    </>
  ),
  'assignment.snoozed': (who, task, d) => (
    <>
      {who} snoozes {task}
      {typeof d['snooze_until'] === 'string' ? ` until ${clockTime(d['snooze_until'])}` : ''}
      {because(d['reason'])}
    </>
  ),
  'assignment.snooze_over': (_, task) => <>The snooze of {task} is over</>,
  'assignment.completed': (who, task, d) => (
    <>
      {who} completes {task}
      {because(d['note'])}
    </>
  ),
  'assignment.failed': (who, task, d) => (
    <>
      {who} {FAILED[text(d['reason'])] ?? 'fails'} {task}
      {because(d['note'])}
    </>
  ),
  'assignment.escalated': (_, task, d) =>
    d['to'] === null ? (
      <>
        {task}: nobody is left to escalate to{because(d['why'])}
      </>
    ) : (
      <>
        {task} goes from {text(d['from'])} ({text(d['reason'])}) to <strong>{text(d['to'])}</strong>
      </>
    ),
  'assignment.renewed': (who, task) => (
    <>
      {who} keeps {task}: pinging goes on
    </>
  ),
  'message.refused': (who, _, d) => (
    <>
      {who ?? 'Somebody'} sent a message that was refused{because(d['code'])}
    </>
  ),
};

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

/** What happened, as a sentence with links. */
export function Story({ event }: { readonly event: Event }) {
  const words = WORDS[event.kind];
  const who = event.agent_id === null ? null : <AgentLink id={event.agent_id} />;
  const task = <TaskLink event={event} />;
  if (words !== undefined) return <>{words(who, task, event.data)}</>;
  return (
    <>
      {event.kind.replace(/[._]/g, ' ')} {who} {task}
    </>
  );
}
