import type { IconName } from '#dashboard/components/icon.tsx';
import { clockTime } from '#dashboard/time.ts';
import type { Tone } from '#dashboard/tone.ts';
import { ATTENTION_WORDS } from '#schemas/vocabulary.ts';

/** What happened to a task, or is going to, in few words: the task itself is what the screen is about. Pure. */

export interface Told {
  readonly icon: IconName;
  readonly tone: Tone;
  readonly text: string;
}
type Data = Readonly<Record<string, unknown>>;

const text = (value: unknown): string => (typeof value === 'string' || typeof value === 'number' ? String(value) : '–');
const because = (value: unknown): string => (typeof value === 'string' && value !== '' ? `: ${value}` : '');
const attention = (reason: unknown): string => (ATTENTION_WORDS as Record<string, string>)[text(reason)] ?? text(reason); // as: looked up by what the wire brings

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
const LOOKS: Readonly<Record<string, readonly [icon: IconName, tone: Tone, words: Words]>> = {
  'task.created': ['plus', 'info', () => 'Created'],
  'task.updated': ['pencil', 'calm', (_, d) => `Changed: ${changed(d)}`],
  'task.deleted': ['trash', 'calm', () => 'Deleted'],
  'task.waiting': ['hourglass', 'warn', () => 'Still waits for a free agent'],
  'task.freed': ['check', 'info', (_, d) => `No longer waits for task ${text(d['blocker'])}`],
  'task.deadline_passed': ['clock', 'bad', () => 'The deadline passed'],
  'task.attention_needed': ['bellRing', 'bad', (_, d) => `Needs a person: ${attention(d['reason'])}`],
  'task.attention_cleared': ['check', 'good', () => 'Needs no person any more'],
  'task.resolved': ['userCheck', 'good', () => 'Resolved'],
  'task.commented': ['message', 'calm', () => 'Comment'],
  'task.phase_added': ['list', 'calm', (_, d) => `Phase added: ${text(d['name'])}`],
  'task.phase_updated': ['list', 'calm', (_, d) => `Phase changed: ${text(d['name'])}`],
  'task.phase_removed': ['list', 'calm', (_, d) => `Phase removed: ${text(d['name'])}`],
  'task.phase_completed': ['listChecks', 'good', (_, d) => `Phase done: ${text(d['name'])}`],
  'task.phase_reopened': ['list', 'calm', (_, d) => `Phase open again: ${text(d['name'])}`],
  'task.todo_added': ['plus', 'calm', (_, d) => `Todo added: ${text(d['title'])}`],
  'task.todo_updated': ['pencil', 'calm', (_, d) => `Todo changed: ${text(d['title'])}`],
  'task.todo_done': ['check', 'good', (_, d) => `Done: ${text(d['title'])}`],
  'task.todo_reopened': ['rotate', 'calm', (_, d) => `Not done after all: ${text(d['title'])}`],
  'task.todo_removed': ['x', 'calm', (_, d) => `Todo removed: ${text(d['title'])}`],
  'assignment.assigned': ['userCheck', 'info', (who) => `Assigned to ${who}`],
  'assignment.pinged': ['send', 'calm', (who, d) => `Ping ${text(d['attempt'])} to ${who} published: ${PINGS[text(d['kind'])] ?? text(d['kind'])}`],
  'assignment.acknowledged': ['check', 'good', (who, d) => `Acknowledged for ${who}${progress(d)}${because(d['note'])}`],
  'assignment.snoozed': ['moon', 'info', (who, d) => `Snoozed for ${who} until ${clockTime(text(d['snooze_until']))}${because(d['reason'])}`],
  'assignment.snooze_over': ['moon', 'calm', () => 'The snooze is over'],
  'assignment.completed': ['circleCheck', 'good', (who, d) => `Completed by ${who}${because(d['note'])}`],
  'assignment.failed': ['circleX', 'bad', (who, d) => `${who} ${ENDS[text(d['reason'])] ?? 'failed'}${because(d['note'])}`],
  'assignment.escalated': [
    'trendingUp',
    'warn',
    (_, d) => (d['to'] == null ? `Not escalated further: ${attention(d['why'])}` : `Escalated from ${text(d['from'])} to ${text(d['to'])}`),
  ],
  'assignment.renewed': ['refresh', 'warn', (who) => `${who} keeps it: pinging goes on`],
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
  const [icon, tone, words] = LOOKS[kind] ?? (['info', 'calm', () => kind.replace(/[._]/g, ' ')] as const);
  return { icon, tone, text: words(who, data) };
}

/** The server's rule for the next moment, its word for why a person is needed said in ours. */
export const ruleWords = (rule: string): string => rule.replace(/\((\w+)\)/, (_, reason: string) => `(${attention(reason)})`);
