import type { ComponentChildren } from 'preact';
import { to } from '#dashboard/address.ts';
import { Icon } from '#dashboard/components/icon.tsx';
import { agentName, taskName } from '#dashboard/store.ts';
import { lookOf, Story } from '#dashboard/story.tsx';
import { clockTime, exact } from '#dashboard/time.ts';
import type { Event } from '#schemas/resources.ts';
import './record.css';
import './events-row.css';

const CHANNELS: Readonly<Record<string, string>> = { mqtt: 'over MQTT', rest: 'over REST', webhook: 'by webhook', coordinator: 'by the coordinator itself' };

/** One event in words; opened, all that was written down of it. */
export function EventRow({ event, isOpen, toggle }: { readonly event: Event; readonly isOpen: boolean; readonly toggle: (id: number) => void }) {
  const { icon, tone } = lookOf(event);
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
        <span class="event-icon" data-tone={tone}>
          <Icon name={icon} size={16} />
        </span>
        <p class="event-story story">
          <Story event={event} />
        </p>
        <code class="event-kind">{event.kind}</code>
        <time class="event-time" dateTime={event.at} title={exact(event.at)}>
          {clockTime(event.at)}
        </time>
      </div>
      {isOpen && <Details event={event} />}
    </div>
  );
}

function Details({ event }: { readonly event: Event }) {
  const { id, at, actor, channel, token_id, agent_id, task_id, assignment_id, data } = event;
  return (
    <div class="event-details">
      <dl class="record">
        <Fact name="Event">
          {id}, <code>{event.kind}</code>
        </Fact>
        <Fact name="At">
          {exact(at)} <span class="muted">({at})</span>
        </Fact>
        <Fact name="By">
          {actor}, {CHANNELS[channel] ?? channel}
          {token_id !== null && (
            <>
              , with token <code>{token_id}</code>
            </>
          )}
        </Fact>
        {agent_id !== null && (
          <Fact name="Agent">
            <a href={to.agent(agent_id)}>{agentName(agent_id)}</a>
          </Fact>
        )}
        {task_id !== null && (
          <Fact name="Task">
            <a href={to.task(task_id)}>{taskName(task_id)}</a>
          </Fact>
        )}
        {assignment_id !== null && <Fact name="Assignment">{assignment_id}</Fact>}
      </dl>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and the keyboard has to reach that */}
      <section class="payload" tabIndex={0} aria-label={`Data of event ${id}`}>
        <pre>{JSON.stringify(data, null, 2)}</pre>
      </section>
    </div>
  );
}

const Fact = ({ name, children }: { readonly name: string; readonly children: ComponentChildren }) => (
  <div>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </div>
);
