import { useState } from 'preact/hooks';
import { Countdown } from '#dashboard/components/age.tsx';
import { Button } from '#dashboard/components/button.tsx';
import { Icon } from '#dashboard/components/icon.tsx';
import { CHANNEL_WORDS } from '#dashboard/event-looks.ts';
import { agentName } from '#dashboard/store.ts';
import { clockTime, exact } from '#dashboard/time.ts';
import type { Comment } from '#schemas/conversation.ts';
import type { Assignment, Event, Why } from '#schemas/resources.ts';
import { ruleWords, type Told, tell } from './words.ts';
import './timeline.css';

interface Entry extends Told {
  readonly key: string;
  readonly at: string;
  /** Who did it, and how it reached us. */
  readonly by: string;
  /** By which token, for who points at it. */
  readonly token?: string;
}

/** So much of a comment: the rest stands with the comments. */
const EXCERPT = 160;

function entryOf(event: Event, comments: readonly Comment[]): Entry {
  const who = event.agent_id === null ? 'nobody' : agentName(event.agent_id);
  const told = tell(event.kind, event.data, who);
  const said = event.kind === 'task.commented' ? comments.find(({ id }) => id === event.data['comment_id'])?.content : undefined;
  return {
    ...told,
    text: said === undefined ? told.text : `${told.text}: ${said.slice(0, EXCERPT)}${said.length > EXCERPT ? '…' : ''}`,
    key: String(event.id),
    at: event.at,
    by: event.channel === 'coordinator' ? 'by the coordinator' : `by ${event.actor} ${CHANNEL_WORDS[event.channel]}`,
    ...(event.token_id === null ? {} : { token: `with token ${event.token_id}` }),
  };
}

/** The receipt of an assignment's newest ping that has one: receipts are no events. */
function receiptOf(history: readonly Assignment[]): Entry[] {
  return history.flatMap(({ id, agent_name, last_ping_delivered: at }) =>
    at === null
      ? []
      : [
          {
            icon: 'arrowUpRight' as const,
            tone: 'info' as const,
            text: `Delivered to ${agent_name}`,
            key: `d${id}`,
            at,
            by: 'its client confirmed the packet',
          },
        ],
  );
}

/** A run of pings in which nothing else happened is told by its first, its last, and how many are between. */
function folded(events: readonly Event[]): readonly (Event | { readonly hidden: number; readonly key: string })[] {
  const out: (Event | { readonly hidden: number; readonly key: string })[] = [];
  for (let i = 0; i < events.length; ) {
    let end = i;
    while (events[end]?.kind === 'assignment.pinged' && events[end]?.assignment_id === events[i]?.assignment_id) end += 1;
    const run = events.slice(i, Math.max(end, i + 1));
    const [first] = run;
    const last = run.at(-1);
    if (run.length > 3 && first && last) out.push(first, { hidden: run.length - 2, key: `h${first.id}` }, last);
    else out.push(...run);
    i += run.length;
  }
  return out;
}

const SHOWN = 60;

interface TimelineProps {
  readonly trail: readonly Event[];
  readonly history: readonly Assignment[];
  readonly comments: readonly Comment[];
  readonly why: Why | null;
  readonly isCut: boolean;
}

/** From the beginning to the next moment, who did what and by which channel. */
export function TaskTimeline({ trail, history, comments, why, isCut }: TimelineProps) {
  const [isWhole, setWhole] = useState(false);
  const entries: (Entry | { readonly hidden: number; readonly key: string })[] = folded(trail).map((each) =>
    'hidden' in each ? each : entryOf(each, comments),
  );
  for (const receipt of receiptOf(history)) {
    const at = entries.findIndex((each) => 'at' in each && each.at > receipt.at);
    entries.splice(at === -1 ? entries.length : at, 0, receipt);
  }
  const shown = isWhole ? entries : entries.slice(-SHOWN);
  return (
    <section class="card stack" aria-labelledby="timeline">
      <h2 id="timeline">Timeline</h2>
      {shown.length < entries.length && (
        <Button kind="quiet" icon="history" onClick={() => setWhole(true)} always>
          {entries.length - shown.length} earlier
        </Button>
      )}
      {isCut && isWhole && <p class="muted small">There is more than fits here: the events have all of it.</p>}
      <ol>
        {shown.map((each) =>
          'hidden' in each ? (
            <li key={each.key} class="timeline-entry muted small">
              <span class="timeline-icon">
                <Icon name="ellipsis" size={14} />
              </span>
              {each.hidden} more pings
            </li>
          ) : (
            <li key={each.key} class="timeline-entry" data-tone={each.tone}>
              <span class="timeline-icon">
                <Icon name={each.icon} size={14} />
              </span>
              <span class="timeline-text">
                <bdi class="any-text clamp">{each.text}</bdi>
                <span class="muted small" title={each.token}>
                  <time dateTime={each.at} title={exact(each.at)}>
                    {clockTime(each.at)}
                  </time>{' '}
                  {each.by}
                </span>
              </span>
            </li>
          ),
        )}
        {why?.next.at != null && (
          <li class="timeline-entry" data-next data-tone="calm">
            <span class="timeline-icon">
              <Icon name="clock" size={14} />
            </span>
            <span class="timeline-text">
              <Countdown to={why.next.at} />
              <span class="muted small any-text">{ruleWords(why.next.rule)}</span>
            </span>
          </li>
        )}
      </ol>
    </section>
  );
}
