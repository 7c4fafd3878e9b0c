import { lastBeat } from '#dashboard/beats.ts';
import { Age } from '#dashboard/components/age.tsx';
import { HeartbeatBar } from '#dashboard/components/heartbeat-bar.tsx';
import { Icon } from '#dashboard/components/icon.tsx';
import { SLOTS, slotsOf } from '#dashboard/liveness.ts';
import { minute, serverNow } from '#dashboard/time.ts';
import type { Agent, Assignment } from '#schemas/resources.ts';
import './facts.css';

/** What cards and rows tell of an agent alike. Each is drawn again by itself: a beat of one agent draws nothing of the others, nor the rest of its own. */

/** Drawn again when a minute begins, not every second. */
export function Beats({ agent }: { readonly agent: Agent }) {
  void minute.value;
  return <HeartbeatBar slots={slotsOf(agent, serverNow())} span={`the last ${SLOTS} minutes`} />;
}

/** When it was heard last. */
export function Pulse({ agent }: { readonly agent: Agent }) {
  const at = lastBeat(agent);
  const isAway = agent.status === 'offline';
  return (
    <span class="agent-pulse" data-alive={!isAway || undefined}>
      {/* drawn anew with each beat, and so beats itself */}
      {at !== null && <Icon key={at} name={isAway ? 'wifiOff' : 'heartPulse'} size={14} />}
      <Age at={at} never="never heard" />
    </span>
  );
}

/** Those beyond `most` are a number, and their names a title. */
export function Capabilities({ agent: { capabilities }, most }: { readonly agent: Agent; readonly most: number }) {
  if (capabilities.length === 0) return <p class="muted small">No special capabilities</p>;
  const more = capabilities.slice(most);
  return (
    <ul class="tags" aria-label="Capabilities">
      {capabilities.slice(0, most).map((each) => (
        <li key={each} class="tag" title={each}>
          {each}
        </li>
      ))}
      {more.length > 0 && (
        <li class="tag tag-more" title={more.join(', ')}>
          +{more.length}
        </li>
      )}
    </ul>
  );
}

/** Its open assignments: what it says it works on before the others, and of these the newest. */
export const currentFirst = (agent: Agent, work: readonly Assignment[]): readonly Assignment[] =>
  [...work].sort((a, b) => Number(b.task_id === agent.current_task_id) - Number(a.task_id === agent.current_task_id) || b.id - a.id);
