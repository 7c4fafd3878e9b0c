import { to } from '#dashboard/address.ts';
import { Fact } from '#dashboard/components/fact.tsx';
import { Icon } from '#dashboard/components/icon.tsx';
import { CHANNEL_WORDS, lookOf } from '#dashboard/event-looks.ts';
import { agentName, taskName } from '#dashboard/store.ts';
import { Story } from '#dashboard/story.tsx';
import { clockTime, exact } from '#dashboard/time.ts';
import type { Event } from '#schemas/resources.ts';
import '#dashboard/components/record.css';
import './row.css';

interface EventRowProps {
  readonly event: Event;
  /** What was searched for: where it was found is shown, too. */
  readonly words: readonly string[];
  readonly isOpen: boolean;
  readonly toggle: (id: number) => void;
}

/** One event in words; opened, all that was written down of it. */
export function EventRow({ event, words, isOpen, toggle }: EventRowProps) {
  const { icon, tone } = lookOf(event);
  const found = isOpen ? null : foundIn(event, words);
  return (
    <div class="event" data-open={isOpen || undefined}>
      <div class="event-line">
        <button
          type="button"
          class="event-toggle"
          data-row={event.id}
          aria-expanded={isOpen}
          aria-label={`Details of event ${event.id}, ${event.kind}`}
          onClick={() => toggle(event.id)}
        >
          <Icon name={isOpen ? 'chevronDown' : 'chevronRight'} />
        </button>
        <span class="story-icon" data-tone={tone}>
          <Icon name={icon} size={16} />
        </span>
        <div class="event-story">
          <p class="story">
            <Story event={event} />
          </p>
          {found !== null && <p class="event-found muted">{found}</p>}
        </div>
        <code class="event-kind">{event.kind}</code>
        <time class="event-time" dateTime={event.at} title={exact(event.at)}>
          {clockTime(event.at)}
        </time>
      </div>
      {isOpen && <Details event={event} />}
    </div>
  );
}

/** What the story tells of the data by itself. */
const TOLD = ['note', 'name', 'code', 'from', 'to'];
/** Around what was found, characters. */
const AROUND = 40;

/** The field of the data in which one of the words is, and what is written around it; null where there is none beside the story. */
function foundIn({ data }: Event, words: readonly string[]): string | null {
  for (const [name, value] of Object.entries(data)) {
    if (TOLD.includes(name)) continue;
    const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
    const at = Math.min(...words.map((word) => text.toLowerCase().indexOf(word)).filter((index) => index >= 0));
    if (!Number.isFinite(at)) continue;
    const [from, to] = [Math.max(0, at - AROUND), at + 2 * AROUND];
    return `${name}: ${from > 0 ? '…' : ''}${text.slice(from, to)}${to < text.length ? '…' : ''}`;
  }
  return null;
}

function Details({ event }: { readonly event: Event }) {
  const { id, at, actor, channel, token_id, agent_id, task_id, assignment_id, data } = event;
  return (
    <div class="event-details">
      <dl class="record">
        <Fact term="Event">
          {id}, <code>{event.kind}</code>
        </Fact>
        <Fact term="At">
          {exact(at)} <span class="muted">({at})</span>
        </Fact>
        <Fact term="By">
          {actor}, {CHANNEL_WORDS[channel]}
          {token_id !== null && (
            <>
              , with token <code>{token_id}</code>
            </>
          )}
        </Fact>
        {agent_id !== null && (
          <Fact term="Agent">
            <a href={to.agent(agent_id)}>{agentName(agent_id)}</a>
          </Fact>
        )}
        {task_id !== null && (
          <Fact term="Task">
            <a href={to.task(task_id)}>{taskName(task_id)}</a>
          </Fact>
        )}
        {assignment_id !== null && <Fact term="Assignment">{assignment_id}</Fact>}
      </dl>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and the keyboard has to reach that */}
      <section class="payload" tabIndex={0} aria-label={`Data of event ${id}`}>
        <pre>{JSON.stringify(data, null, 2)}</pre>
      </section>
    </div>
  );
}
