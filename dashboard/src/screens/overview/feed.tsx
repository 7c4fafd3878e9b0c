import { to } from '#dashboard/address.ts';
import { Age } from '#dashboard/components/age.tsx';
import { Icon } from '#dashboard/components/icon.tsx';
import { isOrderly, lookOf } from '#dashboard/event-looks.ts';
import { events } from '#dashboard/store.ts';
import { Story, TROUBLE } from '#dashboard/story.tsx';
import './lines.css';
import './feed.css';

const MAX_SHOWN = 8;
/** Escalations and their causes, as they happen. */
export function EscalationFeed() {
  const found = events.value.filter((event) => TROUBLE.includes(event.kind) && !isOrderly(event)).slice(0, MAX_SHOWN);
  return (
    <section class="card stack" aria-labelledby="feed-title">
      <div class="row spread">
        <h2 id="feed-title">Escalations</h2>
        <a class="small" href={`${to.events}?kind=${TROUBLE.join()}`}>
          All of them
        </a>
      </div>
      {found.length === 0 && (
        <p class="calm-line muted">
          <Icon name="circleCheck" /> Nothing was escalated lately.
        </p>
      )}
      <ol class="lines">
        {found.map((event) => {
          const { icon, tone } = lookOf(event);
          return (
            <li key={event.id} class="feed-row" data-tone={tone}>
              <span class="story-icon">
                <Icon name={icon} size={16} />
              </span>
              <span class="story">
                <Story event={event} />
              </span>
              <span class="muted small feed-age">
                <Age at={event.at} />
              </span>
            </li>
          );
        })}
      </ol>
    </section>
  );
}
