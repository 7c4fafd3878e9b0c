import { useEffect, useRef, useState } from 'preact/hooks';
import type UPlot from 'uplot';
import type { Options } from 'uplot';
import { scheme } from '#dashboard/scheme.ts';
import { exact } from '#dashboard/time.ts';
import { reloadedFor } from '#dashboard/upgrade.tsx';
import { TableHead } from './table-head.tsx';
import './more.css';
import './plot.css';
import './table.css';

export interface Line {
  readonly label: string;
  /** A token of tokens.css, without the dashes. */
  readonly colour: string;
  readonly dash?: readonly number[];
  readonly fill?: boolean;
  /** Each value is a dot, too; else only one that stands alone. */
  readonly hasDots?: boolean;
  /** One per time; null leaves a gap. */
  readonly values: readonly (number | null)[];
}
interface Plotted {
  /** Epoch seconds. */
  readonly times: readonly number[];
  readonly lines: readonly Line[];
  /** Of the value axis, and of the values in the table. */
  readonly format: (value: number) => string;
}
interface PlotProps extends Plotted {
  /** What it shows, in a sentence with its figures: for who cannot see it. */
  readonly summary: string;
  readonly range?: readonly [low: number, high: number] | undefined;
  /** A line across: what is aimed at. */
  readonly target?: number | undefined;
}

const HEIGHT_PX = 180;
/** A shorter time than this is not worth a scale of its own. */
const LEAST_SECONDS = 60;
/** Up to this the seconds are told, from this on the days: of the whole time shown. */
const SHORT_SECONDS = 600;
const LONG_SECONDS = 2 * 86_400;

/** Lines over time. The library comes when the first plot is drawn; until then, and without it, the summary tells the same. */
export function Plot(props: PlotProps) {
  const place = useRef<HTMLDivElement>(null);
  const { times, lines } = props;
  useEffect(() => {
    const element = place.current;
    if (element === null || times.length === 0) return;
    let isGone = false;
    let end = (): void => {};
    Promise.all([import('uplot'), import('uplot/dist/uPlot.min.css')]).then(([{ default: Uplot }]) => {
      if (isGone) return;
      end = kept(element, () => {
        const plot = new Uplot(optionsOf(props, element.clientWidth), [[...times], ...lines.map(({ values }) => [...values])], element);
        return () => plot.destroy();
      });
    }, reloadedFor);
    return () => {
      isGone = true;
      end();
    };
  }, [times, lines, scheme.value]);
  return (
    <figure class="plot-figure">
      <div ref={place} class="plot" aria-hidden="true" />
      <figcaption class="small muted">{props.summary}</figcaption>
    </figure>
  );
}

/** What a plot shows as a table, newest first; drawn when it is opened. */
export function PlotValues({ times, lines, format }: Plotted) {
  const [isOpen, setOpen] = useState(false);
  const said = times.map((_, index) => index).filter((index) => lines.some(({ values }) => values[index] != null));
  return (
    <details class="more" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>As a table</summary>
      {isOpen && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and the keyboard has to reach that
        <section class="table-scroll" tabIndex={0} aria-label="Values, newest first">
          <table class="table">
            <TableHead columns={['From', ...lines.map(({ label }) => label)]} />
            <tbody>
              {said.toReversed().map((index) => (
                <tr key={times[index]}>
                  <td>{exact((times[index] ?? 0) * 1000)}</td>
                  {lines.map(({ label, values }) => (
                    <td key={label}>{values[index] == null ? '–' : format(values[index])}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
          {said.length === 0 && <p class="muted">Nothing was measured in this window.</p>}
        </section>
      )}
    </details>
  );
}

/** Draws, and draws again with other colours or another width: both are drawn into it. Gives what takes it away. */
function kept(element: HTMLElement, draw: () => () => void): () => void {
  let destroy = draw();
  const again = (): void => {
    destroy();
    destroy = draw();
  };
  const system = matchMedia('(prefers-color-scheme: dark)');
  system.addEventListener('change', again);
  let width = element.clientWidth;
  const watcher = new ResizeObserver(() => {
    if (element.clientWidth === width) return;
    width = element.clientWidth;
    again();
  });
  watcher.observe(element);
  return () => {
    system.removeEventListener('change', again);
    watcher.disconnect();
    destroy();
  };
}

function optionsOf({ lines, format, range, target }: PlotProps, width: number): Options {
  const colour = (token: string): string => resolved(`var(--${token})`);
  const [muted, grid] = [colour('muted'), colour('line')];
  const axis = { stroke: muted, grid: { stroke: grid, width: 1 }, ticks: { show: false }, font: '11px Inter, system-ui, sans-serif' };
  return {
    width,
    height: HEIGHT_PX,
    padding: [8, 20, 0, 0],
    legend: { show: false },
    cursor: { y: false, points: { size: 7 } },
    scales: { x: { range: (_plot, low, high) => widened(low, high) }, ...(range === undefined ? {} : { y: { range: [...range] } }) },
    axes: [
      { ...axis, size: 28, grid: { show: false }, space: 80, values: (_plot, moments) => moments.map(labelOf(moments)) },
      { ...axis, size: 54, space: 34, values: (_plot, values) => values.map(format) },
    ],
    series: [
      {},
      ...lines.map(({ label, colour: token, dash, fill, hasDots }) => ({
        label,
        stroke: colour(token),
        width: 2,
        points: { show: true, fill: colour(token), ...(hasDots === true ? { size: 7 } : { size: 5, filter: alone }) },
        ...(dash === undefined ? {} : { dash: [...dash] }),
        ...(fill === true ? { fill: `color-mix(in srgb, ${colour(token)} 14%, transparent)` } : {}),
      })),
    ],
    hooks: target === undefined ? {} : { draw: [(plot) => drawTarget(plot.ctx, plot.valToPos(target, 'y', true), plot.bbox, muted)] },
  };
}

/** A value between two gaps makes no line: it is shown as a dot. */
function alone({ data }: UPlot, index: number, _isShown: boolean, _gaps?: number[][] | null): number[] {
  const values = data[index] ?? [];
  const isThere = (at: number): boolean => values[at] !== null && values[at] !== undefined;
  return Array.from(values, (_, at) => at).filter((at) => isThere(at) && !isThere(at - 1) && !isThere(at + 1));
}

function widened(low: number, high: number): [number, number] {
  const more = Math.max(0, LEAST_SECONDS - (high - low)) / 2;
  return [low - more, high + more];
}

const DAY: Intl.DateTimeFormatOptions = { month: 'short', day: 'numeric' };
const TIME: Intl.DateTimeFormatOptions = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' };

/** The time of day; over several days, the day. */
function labelOf(moments: readonly number[]): (moment: number) => string {
  const reach = (moments.at(-1) ?? 0) - (moments[0] ?? 0);
  const time = reach < SHORT_SECONDS ? { ...TIME, second: '2-digit' as const } : TIME;
  return (moment) => new Date(moment * 1000).toLocaleString(undefined, reach > LONG_SECONDS ? DAY : time);
}

/** A canvas knows no light-dark(): the browser is asked what it comes to. */
function resolved(value: string): string {
  const probe = document.createElement('span');
  probe.style.color = value;
  document.body.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

function drawTarget(pen: CanvasRenderingContext2D, y: number, box: { readonly left: number; readonly width: number }, colour: string): void {
  pen.save();
  pen.strokeStyle = colour;
  pen.lineWidth = devicePixelRatio;
  pen.setLineDash([6 * devicePixelRatio, 4 * devicePixelRatio]);
  pen.beginPath();
  pen.moveTo(box.left, y);
  pen.lineTo(box.left + box.width, y);
  pen.stroke();
  pen.restore();
}
