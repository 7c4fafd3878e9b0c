import { useEffect, useRef, useState } from 'preact/hooks';

/** So long after something was read out the next is. */
const PAUSE_MS = 5000;

/** Tells those who listen to the page what changes all the time, and not every time: the first at once, then what holds by the end of each pause. */
export function Calm({ text }: { readonly text: string }) {
  const [said, setSaid] = useState(text);
  const saidAt = useRef(performance.now());
  useEffect(() => {
    if (text === said) return;
    const say = (): void => {
      saidAt.current = performance.now();
      setSaid(text);
    };
    const wait = saidAt.current + PAUSE_MS - performance.now();
    if (wait <= 0) return say();
    const timer = setTimeout(say, wait);
    return () => clearTimeout(timer);
  }, [text, said]);
  return (
    <p class="visually-hidden" role="status">
      {said}
    </p>
  );
}
