import type { Tone } from '#dashboard/tone.ts';
import { type AgentStatus, type AssignmentStatus, ATTENTION_WORDS, type AttentionReason, type TaskStatus } from '#schemas/vocabulary.ts';
import { Icon, type IconName } from './icon.tsx';
import './status-badge.css';

export type Look = readonly [tone: Tone, icon: IconName, word: string];

/** Every status in one word, one icon and one colour: never by colour alone. */
export const AGENT_LOOKS: Readonly<Record<AgentStatus, Look>> = {
  working: ['good', 'activity', 'working'],
  busy: ['info', 'hourglass', 'busy'],
  idle: ['calm', 'circleDashed', 'idle'],
  offline: ['bad', 'wifiOff', 'offline'],
};
const TASK_LOOKS: Readonly<Record<TaskStatus, Look>> = {
  todo: ['calm', 'circle', 'to do'],
  in_progress: ['info', 'loader', 'in progress'],
  done: ['good', 'circleCheck', 'done'],
  cancelled: ['calm', 'circleX', 'cancelled'],
};
const ASSIGNMENT_LOOKS: Readonly<Record<AssignmentStatus, Look>> = {
  pending: ['warn', 'hourglass', 'no answer yet'],
  acknowledged: ['good', 'check', 'acknowledged'],
  snoozed: ['info', 'moon', 'snoozed'],
  completed: ['good', 'circleCheck', 'completed'],
  failed: ['bad', 'circleX', 'failed'],
};

export function Badge({ look, title }: { readonly look: Look; readonly title?: string | undefined }) {
  const [tone, icon, word] = look;
  return (
    <span class="badge" data-tone={tone} title={title}>
      <Icon name={icon} size={14} />
      {word}
    </span>
  );
}

type StatusProps =
  | { readonly agent: AgentStatus }
  | { readonly task: TaskStatus }
  | { readonly assignment: AssignmentStatus }
  | { readonly attention: AttentionReason };

/** `<StatusBadge agent={…}>`, `task`, `assignment` or `attention`. */
export function StatusBadge(props: StatusProps) {
  if ('agent' in props) return <Badge look={AGENT_LOOKS[props.agent]} />;
  if ('task' in props) return <Badge look={TASK_LOOKS[props.task]} />;
  if ('assignment' in props) return <Badge look={ASSIGNMENT_LOOKS[props.assignment]} />;
  return <Badge look={['warn', 'bellRing', ATTENTION_WORDS[props.attention]]} />;
}

export const MainBadge = () => (
  <span class="badge main-badge" title="Main agent: it is escalated to, and may delegate">
    MAIN
  </span>
);
