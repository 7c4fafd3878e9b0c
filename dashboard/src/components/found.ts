import type { RefObject } from 'preact';
import { useEffect } from 'preact/hooks';
import './found.css';

/** Marks the words in what is drawn inside of an element, and in what is drawn there later. Where a browser cannot mark text (CSS Custom Highlight), nothing is. */
export function useFound(inside: RefObject<HTMLElement | null>, words: readonly string[]): void {
  useEffect(() => {
    const root = inside.current;
    if (root === null || words.length === 0 || typeof Highlight === 'undefined') return;
    let frame = requestAnimationFrame(mark);
    function mark(): void {
      if (root !== null) CSS.highlights.set('found', new Highlight(...rangesIn(root, words)));
    }
    const watcher = new MutationObserver(() => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(mark);
    });
    watcher.observe(root, { childList: true, characterData: true, subtree: true });
    return () => {
      watcher.disconnect();
      cancelAnimationFrame(frame);
      CSS.highlights.delete('found');
    };
  }, [words]);
}

/** What is drawn at once is little; this bounds what a page of one letter comes to. */
const MAX_RANGES = 2000;

function rangesIn(root: HTMLElement, words: readonly string[]): Range[] {
  const ranges: Range[] = [];
  const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  for (let node = texts.nextNode(); node !== null && ranges.length < MAX_RANGES; node = texts.nextNode()) {
    const text = node.nodeValue ?? '';
    const small = text.toLowerCase();
    if (small.length !== text.length) continue; // a few letters of the world are longer when small
    for (const word of words) {
      for (let at = small.indexOf(word); at >= 0; at = small.indexOf(word, at + word.length)) {
        const range = new Range();
        range.setStart(node, at);
        range.setEnd(node, at + word.length);
        ranges.push(range);
      }
    }
  }
  return ranges;
}
