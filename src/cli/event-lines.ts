import type { Event } from '#schemas/resources.ts';
import { colourOf, painter } from './paint.ts';
import type { Rest } from './rest.ts';
import { Storyteller } from './story.ts';

/** As long as `coordinator`; a longer name moves the rest of its line. */
const NAME_WIDTH = 11;

/** Tells events as lines for people: when, who and what, coloured where stdout is a terminal. To be asked in the order of the events. */
export function eventLines(rest: Rest, timeOf: (event: Event) => string): (event: Event) => Promise<string> {
  const story = new Storyteller(rest);
  const paint = painter(process.stdout);
  return async (event) => {
    const { who, what } = await story.tell(event);
    return `${timeOf(event)}  ${who.padEnd(NAME_WIDTH)}  ${paint(what, colourOf(event.kind))}`;
  };
}
