import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { type Question, seconds } from './agent-facts.ts';

const HEIGHT_PX = 180;
/** A shorter time than this is not worth a scale of its own. */
const LEAST_SECONDS = 60;

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
  const axis = { stroke: colour('--muted'), grid: { stroke: colour('--line'), width: 1 }, ticks: { show: false }, font: '12px system-ui, sans-serif' };
  const width = (): number => Math.max(200, element.clientWidth);
  const plot = new uPlot(
    {
      width: width(),
      height: HEIGHT_PX,
      legend: { show: false },
      cursor: { y: false },
      scales: {
        x: { range: (_plot, low, high) => [low, Math.max(high, low + LEAST_SECONDS)] },
        y: { range: (_plot, _low, high) => [0, Math.max(1, high * 1.1)] },
      },
      axes: [axis, { ...axis, size: 64, values: (_plot, ticks) => ticks.map(seconds) }],
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
