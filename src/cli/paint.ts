/** Colour for people: on a terminal only, and not where NO_COLOR is set (no-color.org) or the terminal cannot. */
export type Colour = 'red' | 'green' | 'yellow' | 'blue' | 'magenta' | 'dim' | 'plain';

const CODES: Readonly<Record<Exclude<Colour, 'plain'>, number>> = { red: 31, green: 32, yellow: 33, blue: 34, magenta: 35, dim: 2 };

export type Paint = (text: string, colour: Colour) => string;

export function painter(stream: { isTTY?: boolean; hasColors?(): boolean }): Paint {
  const colourful = stream.isTTY === true && stream.hasColors?.() === true;
  return (text, colour) => (colourful && colour !== 'plain' ? `\u001b[${CODES[colour]}m${text}\u001b[0m` : text);
}

export function colourOf(kind: string): Colour {
  if (kind === 'assignment.completed') return 'green';
  if (kind === 'assignment.acknowledged') return 'blue';
  if (kind.startsWith('assignment.snooze')) return 'magenta';
  if (kind === 'assignment.escalated' || kind === 'agent.stale') return 'yellow';
  if (kind === 'assignment.failed' || kind === 'task.attention_needed' || kind === 'message.refused') return 'red';
  return kind === 'assignment.pinged' ? 'dim' : 'plain';
}
