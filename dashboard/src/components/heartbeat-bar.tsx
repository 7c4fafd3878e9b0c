import './heartbeat-bar.css';

/** What is known of one slot of time: it was alive, it was stale for a part or all of it, or we do not know. */
export type Slot = 'alive' | 'shaky' | 'gone' | 'unknown';

const WORDS: Readonly<Record<Slot, string>> = { alive: 'alive', shaky: 'away for a part', gone: 'offline', unknown: 'not known' };

/** One cell per slot, the newest at the right. `span`: what the whole bar covers, in words ("the last hour"). */
export function HeartbeatBar({ slots, span }: { readonly slots: readonly Slot[]; readonly span: string }) {
  const count = (slot: Slot): number => slots.filter((each) => each === slot).length;
  const parts = (['alive', 'shaky', 'gone', 'unknown'] as const).filter((slot) => count(slot) > 0).map((slot) => `${count(slot)} ${WORDS[slot]}`);
  const label = `Heartbeats in ${span}: ${slots.length} slots, ${parts.join(', ')}`;
  return (
    <span class="beats" role="img" aria-label={label} title={label}>
      {slots.map((slot, index) => (
        <span key={index} data-slot={slot} />
      ))}
    </span>
  );
}
