import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { type Question, seconds } from './facts.ts';

const HEIGHT_PX = 180;
/** A shorter time than this is not worth a scale of its own. */
const LEAST_SECONDS = 60;
const DAY_SECONDS = 86_400;

function widened(low: number, high: number): [number, number] {
  const more = Math.max(0, LEAST_SECONDS - (high - low)) / 2;
  return [low - more, high + more];
}

/** A tick of an axis that reaches so far, as short as it can be told. */
function moment(at: number, reach: number): string {
  const date = new Date(at * 1000);
  if (reach > DAY_SECONDS) return date.toLocaleDateString(undefined, { month: 'short', day: 'numeric' });
  return date.toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', ...(reach < 600 ? { second: '2-digit' } : {}) });
}

/** Draws the times to answer into the element, in its colours, as wide as it is; gives what takes it away. */
export function drawLatency(element: HTMLElement, questions: readonly Question[]): () => void {
  const colour = (token: string): string => {
    const probe = document.createElement('span');
    probe.style.color = `var(${token})`;
    element.append(probe);
    const { color } = getComputedStyle(probe);
    probe.remove();
    return color;
  };
  const axis = { stroke: colour('--muted'), grid: { stroke: colour('--line'), width: 1 }, ticks: { show: false }, font: '11px Inter, system-ui, sans-serif' };
  const width = (): number => Math.max(200, element.clientWidth);
  const plot = new uPlot(
    {
      width: width(),
      height: HEIGHT_PX,
      legend: { show: false },
      cursor: { y: false },
      scales: {
        x: { range: (_plot, low, high) => widened(low, high) },
        y: { range: (_plot, _low, high) => [0, Math.max(1, high * 1.1)] },
      },
      axes: [
        { ...axis, size: 28, space: 84, values: (_plot, ticks) => ticks.map((at) => moment(at, (ticks.at(-1) ?? at) - (ticks[0] ?? at))) },
        { ...axis, size: 56, values: (_plot, ticks) => ticks.map(seconds) },
      ],
      series: [{}, { label: 'Time to answer', stroke: colour('--accent'), width: 2, points: { show: true, size: 7, fill: colour('--surface') } }],
    },
    [questions.map(({ asked }) => asked / 1000), questions.map((question) => question.seconds)],
    element,
  );
  const watch = new ResizeObserver(() => plot.setSize({ width: width(), height: HEIGHT_PX }));
  watch.observe(element);
  return () => {
    watch.disconnect();
    plot.destroy();
  };
}
