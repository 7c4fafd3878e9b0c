import { Fact } from '#dashboard/components/fact.tsx';
import { Badge } from '#dashboard/components/status-badge.tsx';
import { TableHead } from '#dashboard/components/table-head.tsx';
import { clockTime, exact, length, now } from '#dashboard/time.ts';
import { percent } from '#dashboard/words.ts';
import type { Agent, Event } from '#schemas/resources.ts';
import type { AgentStats, Figure } from '#schemas/stats.ts';
import { type Span, spansOf } from './facts.ts';
import '#dashboard/components/more.css';
import '#dashboard/components/table.css';
import '#dashboard/components/record.css';
import './life.css';

const DAY_MS = 86_400_000;
const LEAST_MS = 60_000;
const WORDS = { online: 'online', offline: 'offline', unknown: 'not known' } as const;
const LOOKS = {
  online: ['good', 'heartPulse', WORDS.online],
  offline: ['bad', 'wifiOff', WORDS.offline],
  unknown: ['calm', 'circleDashed', WORDS.unknown],
} as const;

interface LifeProps {
  readonly agent: Agent;
  readonly life: readonly Event[];
  readonly stats: AgentStats;
}

/** When it was there, in the last 24 hours (or since it was registered): a bar, the same in a sentence, and as a table. */
export function Life({ agent, life, stats }: LifeProps) {
  const to = now.value;
  const from = Math.min(Math.max(to - DAY_MS, Date.parse(agent.created_at)), to - LEAST_MS);
  const spans = spansOf(life, from, to);
  const total = (state: Span['state']): number => spans.filter((span) => span.state === state).reduce((sum, span) => sum + span.to - span.from, 0);
  const parts = (['online', 'offline', 'unknown'] as const).filter((state) => total(state) >= 1000).map((state) => `${WORDS[state]} ${length(total(state))}`);
  return (
    <section class="card stack" aria-labelledby="life">
      <div class="row wrap spread">
        <h2 id="life">Liveness</h2>
        <p class="muted small">{parts.join(', ')}</p>
      </div>
      <div>
        <div class="life" role="img" aria-label={`The last ${length(to - from)}: ${parts.join(', ')}`}>
          {spans.map((span) => (
            <span
              key={span.from}
              data-state={span.state}
              style={{ flexGrow: String(Math.max(1, span.to - span.from)) }}
              title={`${WORDS[span.state]}, ${clockTime(span.from)} to ${clockTime(span.to)}`}
            />
          ))}
        </div>
        <div class="row spread muted small" aria-hidden="true">
          <span>{length(to - from)} ago</span>
          <span>now</span>
        </div>
      </div>
      <Figures stats={stats} />
      <details class="more">
        <summary>As a table</summary>
        <Stretches spans={spans} to={to} />
      </details>
    </section>
  );
}

const share = ({ value, numerator, denominator }: Figure): string =>
  value === null ? 'nothing to count' : `${percent(value)} (${numerator} of ${denominator})`;

/** How well it answers, in the last 24 hours. */
const Figures = ({ stats }: { readonly stats: AgentStats }) => (
  <dl class="record">
    <Fact term="Answered in time">{share(stats.ack_rate)}</Fact>
    <Fact term="Pings delivered">{share(stats.delivery_rate)}</Fact>
    <Fact term="Late answers">{stats.late_acks}</Fact>
    <Fact term="False alarms">{stats.false_alarms}</Fact>
  </dl>
);

const Stretches = ({ spans, to }: { readonly spans: readonly Span[]; readonly to: number }) => (
  <table class="table">
    <TableHead columns={['State', 'From', 'For']} />
    <tbody>
      {spans.toReversed().map((span) => (
        <tr key={span.from}>
          <td>
            <Badge look={LOOKS[span.state]} />
          </td>
          <td title={exact(span.from)}>{clockTime(span.from)}</td>
          <td>
            {length(span.to - span.from)}
            {span.to === to ? ' so far' : ''}
          </td>
        </tr>
      ))}
    </tbody>
  </table>
);
