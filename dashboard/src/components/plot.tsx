import { useEffect, useRef, useState } from 'preact/hooks';
import type UPlot from 'uplot';
import type { Options } from 'uplot';
import './more.css';
import './plot.css';
import './table.css';
import { scheme } from '#dashboard/scheme.ts';
import { exact } from '#dashboard/time.ts';
import { reloadedFor } from '#dashboard/upgrade.tsx';

export interface Line {
  readonly label: string;
  /** A token of tokens.css, without the dashes. */
  readonly colour: string;
  readonly dash?: readonly number[];
  readonly fill?: boolean;
  /** One per time; null leaves a gap. */
  readonly values: readonly (number | null)[];
}
interface PlotProps {
  /** What it shows, in a sentence with its figures: for who cannot see it. */
  readonly summary: string;
  /** Epoch seconds. */
  readonly times: readonly number[];
  readonly lines: readonly Line[];
  /** Of the value axis and of the values under the pointer. */
  readonly format: (value: number) => string;
  readonly range?: readonly [low: number, high: number] | undefined;
  /** A line across: what is aimed at. */
  readonly target?: number | undefined;
  readonly height?: number;
}

/** Lines over time. The library comes when the first plot is drawn; until then, and without it, the summary tells the same. */
export function Plot(props: PlotProps) {
  const place = useRef<HTMLDivElement>(null);
  const { times, lines, height = 180 } = props;
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
      <div ref={place} style={{ minHeight: `${height}px` }} aria-hidden="true" />
      <figcaption class="small muted">{props.summary}</figcaption>
      {times.length > 0 && <Values {...props} />}
    </figure>
  );
}

/** The values, newest first; drawn when it is opened. */
function Values({ times, lines, format }: PlotProps) {
  const [isOpen, setOpen] = useState(false);
  const said = times.map((_, index) => index).filter((index) => lines.some(({ values }) => values[index] != null));
  return (
    <details class="more" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>As a table</summary>
      {isOpen && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and the keyboard has to reach that
        <section class="table-scroll" tabIndex={0} aria-label="Values, newest first">
          <table class="table">
            <thead>
              <tr>
                <th scope="col">From</th>
                {lines.map(({ label }) => (
                  <th scope="col" key={label}>
                    {label}
                  </th>
                ))}
              </tr>
            </thead>
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

function optionsOf({ lines, format, range, target, height = 180 }: PlotProps, width: number): Options {
  const colour = (token: string): string => resolved(`var(--${token})`);
  const [muted, grid] = [colour('muted'), colour('line')];
  const axis = { stroke: muted, grid: { stroke: grid, width: 1 }, ticks: { show: false }, font: '11px Inter, system-ui, sans-serif' };
  return {
    width,
    height,
    padding: [8, 20, 0, 0],
    legend: { show: false },
    cursor: { y: false, points: { size: 7 } },
    scales: range === undefined ? {} : { y: { range: [...range] } },
    axes: [
      { ...axis, size: 28, grid: { show: false }, space: 80, values: (_plot, moments) => moments.map(labelOf(moments)) },
      { ...axis, size: 54, space: 34, values: (_plot, values) => values.map(format) },
    ],
    series: [
      {},
      ...lines.map(({ label, colour: token, dash, fill }) => ({
        label,
        stroke: colour(token),
        width: 2,
        points: { show: true, size: 5, fill: colour(token), filter: alone },
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

/** The time of day; over several days, the day. */
function labelOf(moments: readonly number[]): (moment: number) => string {
  const isLong = (moments.at(-1) ?? 0) - (moments[0] ?? 0) > 2 * 86_400;
  const format: Intl.DateTimeFormatOptions = isLong ? { month: 'short', day: 'numeric' } : { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' };
  return (moment) => new Date(moment * 1000).toLocaleString(undefined, format);
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
