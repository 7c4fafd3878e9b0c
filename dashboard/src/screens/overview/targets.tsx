import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { Button } from '#dashboard/components/button.tsx';
import { Dialog } from '#dashboard/components/dialog.tsx';
import { Icon } from '#dashboard/components/icon.tsx';
import { Tile } from '#dashboard/components/tile.tsx';
import { isNarrow } from '#dashboard/narrow.ts';
import { length } from '#dashboard/time.ts';
import { counted, percent, seconds } from '#dashboard/words.ts';
import type { Figure, Stats, WindowName } from '#schemas/stats.ts';
import { exclusions } from './exclusions.ts';
import './targets.css';

/** The four targets, each with what it is made of. */

const TITLES = { ack_rate: 'Ack rate', response_time_mean: 'Mean response', escalation_success_rate: 'Escalation success', uptime: 'Uptime' } as const;
type Name = keyof typeof TITLES;
export const TARGET_TITLES = Object.values(TITLES);

const WINDOW_WORDS: Readonly<Record<WindowName, string>> = { '1h': 'hour', '24h': '24 hours', '7d': '7 days', '30d': '30 days' };

/** A value of this figure, as it is told. */
const told = ({ unit }: Figure, value: number): string => (unit === 'ratio' ? percent(value) : seconds(value));

function Verdict({ figure }: { readonly figure: Figure }) {
  if (figure.met === null) return <span>no data yet</span>;
  if (!figure.enough_data) return <span title="Too few to say whether it is met">too few to tell</span>;
  return (
    <span class="verdict" data-tone={toneOf(figure)}>
      <Icon name={figure.met ? 'circleCheck' : 'alert'} size={16} />
      {figure.met ? 'on target' : 'off target'}
    </span>
  );
}

function toneOf({ met, enough_data }: Figure): 'good' | 'bad' | 'calm' {
  if (met === null || !enough_data) return 'calm';
  return met ? 'good' : 'bad';
}

/** Ratios are to be above it, times below. */
function aim({ unit, target }: Figure): string {
  if (target === null) return 'none';
  return unit === 'ratio' ? `> ${Number((target * 100).toFixed(2))} %` : `< ${length(target * 1000)}`;
}

interface TargetProps {
  readonly name: Name;
  readonly stats: Stats;
  readonly children: ComponentChildren;
}

function Target({ name, stats, children }: TargetProps) {
  const figure = stats[name];
  return (
    <Tile title={TITLES[name]} value={figure.value === null ? '–' : told(figure, figure.value)} tone={toneOf(figure)}>
      <Scale figure={figure} />
      <p class="small muted target-line">
        <Verdict figure={figure} />
        <span class="target-aim">target {aim(figure)}</span>
      </p>
      <p class="small target-of">{children}</p>
      <Trend figure={figure} before={stats.before[name]} window={stats.window} />
    </Tile>
  );
}

/** Which way it goes: what it was over the window before, and whether it is better now. */
function Trend({ figure, before, window }: { readonly figure: Figure; readonly before: number | null; readonly window: WindowName }) {
  const { value, unit } = figure;
  const words = `the ${WINDOW_WORDS[window]} before`;
  if (value === null) return null;
  if (before === null) {
    return (
      <p class="target-trend muted" title={`Of ${words}`}>
        no earlier figure
      </p>
    );
  }
  const was = told(figure, before);
  if (told(figure, value) === was) {
    return (
      <p class="target-trend muted" title={`Over ${words}: ${was}`}>
        <Icon name="equal" size={14} />
        as in {words}
      </p>
    );
  }
  const isBetter = unit === 'ratio' ? value > before : value < before;
  return (
    <p class="target-trend muted" title={`Over ${words}: ${was}`}>
      <Icon name={value > before ? 'trendingUp' : 'trendingDown'} size={14} />
      {isBetter ? 'better' : 'worse'} than before: {was}
    </p>
  );
}

/** Where the value lies, and the target on the same line. Decoration: both stand beside it in words. */
function Scale({ figure: { value, target, unit } }: { readonly figure: Figure }) {
  if (value === null || target === null) return <span class="scale" aria-hidden="true" />;
  // Ratios: from twice as far below the target as it is below 1. Times: up to twice the target.
  const low = unit === 'ratio' ? 1 - (1 - target) * 4 : 0;
  const high = unit === 'ratio' ? 1 : target * 2;
  const share = (at: number): number => Math.min(1, Math.max(0, (at - low) / (high - low)));
  return (
    <span class="scale" aria-hidden="true">
      <span class="scale-fill" style={{ width: `${share(value) * 100}%` }} />
      <span class="scale-mark" style={{ left: `${share(target) * 100}%` }} />
    </span>
  );
}

/** Stays on one line. */
const unbroken = (text: string): string => text.replaceAll(' ', '\u00a0');

function escalationWords({ numerator, denominator, exclusions: { undecided = 0 } }: Figure): string {
  if (denominator > 0)
    return `${numerator.toLocaleString()} of ${counted(denominator, 'escalation')} taken over${undecided > 0 ? `, ${undecided.toLocaleString()} undecided` : ''}`;
  return undecided > 0 ? `${counted(undecided, 'escalation')}, nothing decided yet` : 'nothing was escalated';
}

export function Targets({ stats }: { readonly stats: Stats }) {
  const { ack_rate, response_time_mean: mean, response_time_p50: p50, response_time_p95: p95, escalation_success_rate: escalation, uptime } = stats;
  return (
    <div class="targets">
      <Target name="ack_rate" stats={stats}>
        {ack_rate.denominator === 0
          ? 'no ping has come to an end'
          : `${ack_rate.numerator.toLocaleString()} of ${counted(ack_rate.denominator, 'ping')} answered in time`}
      </Target>
      <Target name="response_time_mean" stats={stats}>
        {p50.value === null || p95.value === null
          ? 'nobody has answered yet'
          : [`p50 ${seconds(p50.value)}`, `p95 ${seconds(p95.value)}`, `n = ${mean.denominator.toLocaleString()}`].map(unbroken).join(', ')}
      </Target>
      <Target name="escalation_success_rate" stats={stats}>
        {escalationWords(escalation)}
      </Target>
      <Target name="uptime" stats={stats}>
        <Budget uptime={uptime} />
      </Target>
    </div>
  );
}

/** How much downtime the target allows in this window, and how much of it is used. */
function Budget({ uptime }: { readonly uptime: Figure }) {
  const down = uptime.denominator - uptime.numerator;
  const allowed = (1 - (uptime.target ?? 1)) * uptime.denominator;
  const left = allowed - down;
  const time = (value: number): string =>
    value < 60 ? `${value.toFixed(1)} s` : `${value < 600 ? (value / 60).toFixed(1) : Math.floor(value / 60).toLocaleString()} min`;
  return (
    <>
      {left >= 0 ? `${time(left)} of error budget left` : `${time(-left)} over the error budget`} (of {time(allowed)} in {length(uptime.denominator * 1000)})
    </>
  );
}

/** How each figure is computed, with its very numbers. */
export function HowComputed({ stats }: { readonly stats: Stats }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button kind="quiet" icon="info" onClick={() => setOpen(true)} always>
        <span class={isNarrow.value ? 'visually-hidden' : undefined}>How computed</span>
      </Button>
      {isOpen && (
        <Dialog title={`The last ${WINDOW_WORDS[stats.window]}, computed`} onClose={() => setOpen(false)} wide>
          <How name="ack_rate" stats={stats} parts={['answered in time', 'questions that came to an end']}>
            A question is a ping with all its repetitions. Any answer of its holder before the deadline is in time. A question ends with the answer, or
            unanswered when the deadline passes.
          </How>
          <How name="response_time_mean" stats={stats} parts={['seconds in all', 'answers, in time and late']}>
            From the first ping to the answer. Snoozed time does not count, nor does time the coordinator was down. p50 and p95 are upper bounds of bins, at
            most 9.1 % above the time itself.
          </How>
          <How name="escalation_success_rate" stats={stats} parts={['acknowledged or completed', 'escalations that are decided']}>
            Each counts at the moment it was made, once it is decided: acknowledged, over, or its time to answer has passed. One that was acknowledged and
            failed after all is no success; nor is one that found nobody.
          </How>
          <How name="uptime" stats={stats} parts={['seconds up', 'seconds known']}>
            The time in which commands could be taken and committed, by a sign of life that is written every 5 seconds.
          </How>
          <p class="muted small">
            The same figures, with their definitions, are at <a href={`/stats?window=${stats.window}`}>GET /stats</a>.
          </p>
        </Dialog>
      )}
    </>
  );
}

interface HowProps extends TargetProps {
  readonly parts: readonly [numerator: string, denominator: string];
}
function How({ name, stats, parts, children }: HowProps) {
  const figure = stats[name];
  const left = exclusions(figure);
  const number = (value: number): string => value.toLocaleString(undefined, { maximumFractionDigits: 1 });
  return (
    <section class="how">
      <h3>{TITLES[name]}</h3>
      <p>{children}</p>
      <p class="mono">
        {number(figure.numerator)} {parts[0]} ÷ {number(figure.denominator)} {parts[1]} = {figure.value === null ? '–' : told(figure, figure.value)}
      </p>
      {left.length > 0 && <p class="muted small">Left out: {left.join('; ')}.</p>}
    </section>
  );
}
