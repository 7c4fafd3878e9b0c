import type { IconName } from '#dashboard/components/icon.tsx';
import { attention, because, lookOf, text } from '#dashboard/event-looks.ts';
import { clockTime } from '#dashboard/time.ts';
import type { Tone } from '#dashboard/tone.ts';

/** What happened to a task, or is going to, in few words: the task itself is what the screen is about. Pure. */

export interface Told {
  readonly icon: IconName;
  readonly tone: Tone;
  readonly text: string;
}
type Data = Readonly<Record<string, unknown>>;

const PINGS: Readonly<Record<string, string>> = {
  assigned: 'asked',
  reminder: 'reminded',
  check_in: 'asked how it goes',
  snooze_over: 'asked again after the snooze',
  escalated: 'asked, as it was escalated',
  resent: 'sent again',
  manual: 'asked by hand',
};
const ENDS: Readonly<Record<string, string>> = {
  timeout: 'gave no answer in time',
  stale: 'went offline',
  reported: 'gave it up',
  reassigned: 'had it taken away for somebody else',
  cancelled: 'was told to stop',
  deactivated: 'was deactivated',
};

type Words = (who: string, data: Data) => string;
const WORDS: Readonly<Record<string, Words>> = {
  'task.created': () => 'Created',
  'task.updated': (_, d) => `Changed: ${changed(d)}`,
  'task.deleted': () => 'Deleted',
  'task.waiting': () => 'Still waits for a free agent',
  'task.freed': (_, d) => `No longer waits for task ${text(d['blocker'])}`,
  'task.deadline_passed': () => 'The deadline passed',
  'task.attention_needed': (_, d) => `Needs a person: ${attention(d['reason'])}`,
  'task.attention_cleared': () => 'Needs no person any more',
  'task.resolved': () => 'Resolved',
  'task.commented': () => 'Comment',
  'task.phase_added': (_, d) => `Phase added: ${text(d['name'])}`,
  'task.phase_updated': (_, d) => `Phase changed: ${text(d['name'])}`,
  'task.phase_removed': (_, d) => `Phase removed: ${text(d['name'])}`,
  'task.phase_completed': (_, d) => `Phase done: ${text(d['name'])}`,
  'task.phase_reopened': (_, d) => `Phase open again: ${text(d['name'])}`,
  'task.todo_added': (_, d) => `Todo added: ${text(d['title'])}`,
  'task.todo_updated': (_, d) => `Todo changed: ${text(d['title'])}`,
  'task.todo_done': (_, d) => `Done: ${text(d['title'])}`,
  'task.todo_reopened': (_, d) => `Not done after all: ${text(d['title'])}`,
  'task.todo_removed': (_, d) => `Todo removed: ${text(d['title'])}`,
  'assignment.assigned': (who) => `Assigned to ${who}`,
  'assignment.pinged': (who, d) => `Ping ${text(d['attempt'])} to ${who} published: ${PINGS[text(d['kind'])] ?? text(d['kind'])}`,
  'assignment.acknowledged': (who, d) => `Acknowledged for ${who}${progress(d)}${because(d['note'])}`,
  'assignment.snoozed': (who, d) => `Snoozed for ${who} until ${clockTime(text(d['snooze_until']))}${because(d['reason'])}`,
  'assignment.snooze_over': () => 'The snooze is over',
  'assignment.completed': (who, d) => `Completed by ${who}${because(d['note'])}`,
  'assignment.failed': (who, d) => `${who} ${ENDS[text(d['reason'])] ?? 'failed'}${because(d['note'])}`,
  'assignment.escalated': (_, d) =>
    d['to'] == null ? `Not escalated further: ${attention(d['why'])}` : `Escalated from ${text(d['from'])} to ${text(d['to'])}`,
  'assignment.renewed': (who) => `${who} keeps it: pinging goes on`,
};

const progress = (d: Data): string => (typeof d['progress'] === 'number' ? ` (${Math.round(d['progress'] * 100)} %)` : '');

const NAMES: Readonly<Record<string, string>> = {
  is_ping_enabled: 'pinging',
  ping_interval_minutes: 'ping interval',
  required_capabilities: 'capabilities',
  blocked_by: 'blockers',
};
/** Names of what was changed; short values, too. */
function changed(data: Data): string {
  const parts = Object.entries(data).map(([key, value]) => {
    const name = NAMES[key] ?? key.replaceAll('_', ' ');
    if (key === 'is_ping_enabled') return `${name} ${value === true ? 'on' : 'off'}`;
    return (typeof value === 'string' && value.length <= 40) || typeof value === 'number' ? `${name} ${value}` : name;
  });
  return parts.length === 0 ? 'nothing' : parts.join(', ');
}

/** `who`: the agent that it is about. A kind that has no words here is told by its name. */
export function tell(kind: string, data: Data, who: string): Told {
  return { ...lookOf({ kind, data }), text: WORDS[kind]?.(who, data) ?? kind.replace(/[._]/g, ' ') };
}

/** The server's rule for the next moment, its word for why a person is needed said in ours. */
export const ruleWords = (rule: string): string => rule.replace(/\((\w+)\)/, (_, reason: string) => `(${attention(reason)})`);
