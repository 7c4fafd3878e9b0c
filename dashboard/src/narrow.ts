import { signal } from '@preact/signals';

const narrow = matchMedia('(max-width: 800px)');
/** The window is as narrow as a phone's. */
export const isNarrow = signal(narrow.matches);
narrow.addEventListener('change', () => {
  isNarrow.value = narrow.matches;
});
