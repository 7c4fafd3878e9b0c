import { connection, isFresh } from '#dashboard/store.ts';
import { exact, length, now } from '#dashboard/time.ts';
import './age.css';

/** "12 s ago" by the server's clock; the exact time on hover and for assistive technology. `never` stands for null. */
export function Age({ at, never = 'never' }: { readonly at: string | null | undefined; readonly never?: string }) {
  if (at === null || at === undefined) return <span class="muted">{never}</span>;
  const ms = now.value - Date.parse(at);
  return (
    <time dateTime={at} title={exact(at)}>
      {ms < 1000 ? 'just now' : `${length(ms)} ago`}
    </time>
  );
}

/** What is left until then: "in 3 min 20 s"; once it has passed, "12 s late". `span`: the whole length (ms), for the bar that empties. */
export function Countdown({ to, span, bar = true }: { readonly to: string; readonly span?: number | undefined; readonly bar?: boolean }) {
  // While the connection is lost nobody knows whether it was answered meanwhile: it stands still.
  const left = Date.parse(to) - (isFresh.value ? now.value : connection.value.since);
  const share = span === undefined || span <= 0 ? null : Math.min(1, Math.max(0, left / span));
  const tone = left < 0 ? 'bad' : (share !== null && share < 0.25) || left < 60_000 ? 'warn' : 'calm';
  return (
    <span class="countdown" data-tone={tone}>
      <time dateTime={to} title={exact(to)}>
        {left < 0 ? `${length(-left)} late` : `in ${length(left)}`}
      </time>
      {bar && share !== null && (
        <span class="countdown-bar" aria-hidden="true">
          <span style={{ transform: `scaleX(${share})` }} />
        </span>
      )}
    </span>
  );
}
