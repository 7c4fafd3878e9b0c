import { useEffect, useState } from 'preact/hooks';

/**
 * How many of so many are to be drawn: `step` at once, and with each frame as many more, so that the first picture is there soon and no frame
 * takes long. What was drawn once stays. In a hidden page, where there are no frames, they come when it is looked at.
 */
export function useGradually(count: number, step: number): number {
  const [drawn, setDrawn] = useState(step);
  const isAll = drawn >= count;
  useEffect(() => {
    if (isAll) return;
    const frame = requestAnimationFrame(() => setDrawn((old) => old + step));
    return () => cancelAnimationFrame(frame);
  }, [isAll, drawn, step]);
  return Math.min(drawn, count);
}
