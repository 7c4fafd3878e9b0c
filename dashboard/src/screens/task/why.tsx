import { to } from '#dashboard/address.ts';
import { Icon } from '#dashboard/components/icon.tsx';
import { isNarrow } from '#dashboard/narrow.ts';
import { agents, taskName } from '#dashboard/store.ts';
import { clockTime, exact, length, now } from '#dashboard/time.ts';
import type { Task, Why } from '#schemas/resources.ts';
import { folded, futureOf, type Mark, type Moment, marksOf, type Repetition } from './future.ts';
import { ruleWords } from './words.ts';
import '#dashboard/components/more.css';
import './why.css';

/** Why the task stands as it does: what comes next if nobody ever answers, and who was looked at. */
export function TaskWhy({ task, why, holder }: { readonly task: Task; readonly why: Why; readonly holder: string | null }) {
  const moments = futureOf(why, holder);
  return (
    <section class="card stack" aria-labelledby="why">
      <h2 id="why">Why?</h2>
      {why.blocked_by.length > 0 && (
        <p class="row wrap">
          <Icon name="hourglass" size={16} /> Waits for{' '}
          {why.blocked_by.map((id) => (
            <a key={id} href={to.task(id)} class="any-text">
              #{id} <bdi>{taskName(id).slice(0, 80)}</bdi>
            </a>
          ))}
        </p>
      )}
      <div class="stack tight">
        <h3>If nobody ever answers</h3>
        {moments.length === 0 ? (
          <p class="muted">{why.next.at === null ? `Nothing happens by itself: ${ruleWords(why.next.rule)}.` : ruleWords(why.next.rule)}</p>
        ) : (
          <Future moments={moments} />
        )}
      </div>
      <div class="why-lists">
        <Candidates title="Escalation chain" hint="In this order" list={why.chain} holder={holder} chosen="may get it next" />
        <Candidates title="Who could be chosen" hint={wanted(task)} list={suitableFirst(why.considered)} holder={holder} chosen="could take it" />
      </div>
    </section>
  );
}

const wanted = ({ required_capabilities: needs }: Task): string => (needs.length === 0 ? 'No capability is required' : `Required: ${needs.join(', ')}`);

/** Marks nearer to each other than this share of the axis would lie over each other. */
const NEAREST = 0.1;
const NEAREST_ON_A_PHONE = 0.2;

/** The axis is a picture of the list below it, which says all of it in words; what is repeated is on it once. */
function Future({ moments }: { readonly moments: readonly Moment[] }) {
  const entries = folded(moments);
  const single = entries.filter((entry): entry is Moment => 'steps' in entry);
  const last = single.at(-1);
  return (
    <div class="future">
      <div class="axis" aria-hidden="true">
        <span class="axis-line" />
        <span class="axis-point" data-now style={{ insetInlineStart: '0%' }} />
        {marksOf(single, now.value, isNarrow.value ? NEAREST_ON_A_PHONE : NEAREST).map((mark) => (
          <AxisMark key={mark.first} mark={mark} />
        ))}
        <span class="axis-from">now</span>
        <span class="axis-to">{last === undefined ? '' : `in ${length(last.at - now.value)}`}</span>
      </div>
      <ol class="future-list">
        {entries.map((entry) => ('steps' in entry ? <OneMoment key={entry.at} moment={entry} /> : <Again key={entry.moments[0]?.at} repetition={entry} />))}
      </ol>
    </div>
  );
}

const AxisMark = ({ mark: { first, last, tone, share } }: { readonly mark: Mark }) => (
  <span class="axis-point" data-tone={tone} data-numbered style={{ insetInlineStart: `${(share * 100).toFixed(2)}%` }}>
    {first === last ? first : `${first}–${last}`}
  </span>
);

const OneMoment = ({ moment: { number, at, steps, tone } }: { readonly moment: Moment }) => (
  <li class="future-moment" data-tone={tone}>
    <span class="future-number" aria-hidden="true">
      {number}
    </span>
    <div>
      <time dateTime={new Date(at).toISOString()} title={exact(at)}>
        <strong>{at <= now.value ? 'now' : `in ${length(at - now.value)}`}</strong> <span class="muted small">{clockTime(at)}</span>
      </time>
      <ul class="future-steps">
        {steps.map(({ icon, tone: own, text }, step) => (
          <li key={step} data-tone={own}>
            <Icon name={icon} size={14} /> <bdi class="any-text">{text}</bdi>
          </li>
        ))}
      </ul>
    </div>
  </li>
);

function Again({ repetition: { everyMs, times, moments } }: { readonly repetition: Repetition }) {
  const until = moments.at(-1);
  return (
    <li class="future-moment" data-tone="calm">
      <span class="future-number" aria-hidden="true">
        …
      </span>
      <details class="more">
        <summary>
          <span>
            then the same every {length(everyMs)}, {times} more times{until !== undefined && `, until ${clockTime(until.at)}`}
          </span>
        </summary>
        <ol class="future-list">
          {moments.map((moment) => (
            <OneMoment key={moment.at} moment={moment} />
          ))}
        </ol>
      </details>
    </li>
  );
}

const MAX_SHOWN = 6;

interface CandidatesProps {
  readonly title: string;
  readonly hint: string;
  readonly list: Why['considered'];
  readonly holder: string | null;
  readonly chosen: string;
}

const suitableFirst = (list: Why['considered']): Why['considered'] => list.toSorted((a, b) => Number(a.passed_over !== null) - Number(b.passed_over !== null));

function Candidates({ title, hint, list, holder, chosen }: CandidatesProps) {
  return (
    <div class="stack tight">
      <h3>{title}</h3>
      <p class="muted small any-text">{hint}</p>
      {list.length === 0 && <p class="muted">Nobody</p>}
      <ul>
        {list.slice(0, MAX_SHOWN).map((each) => (
          <Candidate key={each.agent} {...each} chosen={each.agent === holder ? 'holds it now' : chosen} />
        ))}
      </ul>
      {list.length > MAX_SHOWN && (
        <details class="more">
          <summary>{list.length - MAX_SHOWN} more</summary>
          <ul>
            {list.slice(MAX_SHOWN, 500).map((each) => (
              <Candidate key={each.agent} {...each} chosen={each.agent === holder ? 'holds it now' : chosen} />
            ))}
          </ul>
        </details>
      )}
    </div>
  );
}

function Candidate({ agent, passed_over, chosen }: Why['considered'][number] & { readonly chosen: string }) {
  const known = [...agents.value.values()].find(({ name }) => name === agent);
  return (
    <li class="candidate" data-tone={passed_over === null ? 'good' : 'calm'}>
      <Icon name={passed_over === null ? 'circleCheck' : 'circleX'} size={16} />
      <p>
        {known === undefined ? (
          agent
        ) : (
          <a class="name" href={to.agent(known.id)}>
            {agent}
          </a>
        )}{' '}
        <span class="muted small">{passed_over ?? chosen}</span>
      </p>
    </li>
  );
}
