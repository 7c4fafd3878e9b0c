import { useMemo } from 'preact/hooks';
import { type Line, Plot, PlotValues } from '#dashboard/components/plot.tsx';
import { percent, seconds, secondsOnAxis } from '#dashboard/words.ts';
import type { Stats, StatsSeries } from '#schemas/stats.ts';
import './trends.css';

type Point = StatsSeries['points'][number];

/** How ack rate and response times went over the window. */
export function Trends({ series, stats }: { readonly series: StatsSeries; readonly stats: Stats }) {
  const { times, rate, latency } = useMemo(() => linesOf(series.points), [series]);
  const asked = series.points.filter(({ questions }) => questions > 0);
  const worst = asked.reduce<Point | null>((low, point) => (low === null || (point.ack_rate ?? 1) < (low.ack_rate ?? 1) ? point : low), null);
  const slowest = Math.max(0, ...series.points.map(({ response_time_p95 }) => response_time_p95 ?? 0));
  const lowest = Math.min(0.9, ...asked.map(({ ack_rate }) => ack_rate ?? 1));
  if (worst === null) return null; // the tiles say so
  return (
    <div class="trends">
      <section class="card stack" aria-labelledby="rate-title">
        <h2 id="rate-title">Ack rate over time</h2>
        <Plot
          times={times}
          lines={rate}
          format={wholePercent}
          range={[Math.max(0, Math.floor(lowest * 10) / 10 - 0.02), 1.01]}
          target={stats.ack_rate.target ?? undefined}
          summary={`${percent(stats.ack_rate.value ?? 0)} over the window; at worst ${percent(worst.ack_rate ?? 0)} of ${worst.questions} around ${clock(worst.at, series)}. Dashed: the target.`}
        />
        <PlotValues times={times} lines={rate} format={wholePercent} />
      </section>
      <section class="card stack" aria-labelledby="latency-title">
        <div class="row spread wrap">
          <h2 id="latency-title">Response times</h2>
          <ul class="small legend" aria-hidden="true">
            <li data-line="p50">p50</li>
            <li data-line="p95">p95</li>
          </ul>
        </div>
        <Plot
          times={times}
          lines={latency}
          format={secondsOnAxis}
          range={[0, Math.max(1, slowest * 1.15)]}
          summary={
            stats.response_time_p50.value === null || stats.response_time_p95.value === null
              ? 'Nobody has answered in this window.'
              : `Half of the answers came within ${seconds(stats.response_time_p50.value)}, 95 of 100 within ${seconds(stats.response_time_p95.value)}; slowest stretch ${seconds(slowest)} (p95).`
          }
        />
        <PlotValues times={times} lines={latency} format={secondsOnAxis} />
      </section>
    </div>
  );
}

const wholePercent = (ratio: number): string => `${Math.round(ratio * 100)} %`;

function linesOf(points: readonly Point[]): { times: number[]; rate: Line[]; latency: Line[] } {
  return {
    times: points.map(({ at }) => Date.parse(at) / 1000),
    rate: [{ label: 'ack rate', colour: 'accent', fill: true, values: points.map(({ ack_rate }) => ack_rate) }],
    latency: [
      { label: 'p50', colour: 'accent', values: points.map(({ response_time_p50 }) => response_time_p50) },
      { label: 'p95', colour: 'warn', dash: [5, 3], values: points.map(({ response_time_p95 }) => response_time_p95) },
    ],
  };
}

function clock(at: string, { window }: StatsSeries): string {
  const isLong = window === '7d' || window === '30d';
  return new Date(at).toLocaleString(
    undefined,
    isLong ? { month: 'short', day: 'numeric', hour: '2-digit', hourCycle: 'h23' } : { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
  );
}
