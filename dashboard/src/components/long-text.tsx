import { useState } from 'preact/hooks';
import { Button } from './button.tsx';
import './long-text.css';

/** So much of a text is shown before somebody asks for the rest. */
const SHOWN = 1200;

/** Text of agents and people as it is: nothing in it is markup, its direction is its own, and its length is bounded. */
export function LongText({ text, mono }: { readonly text: string; readonly mono?: boolean }) {
  const [isWhole, setWhole] = useState(false);
  const isLong = text.length > SHOWN * 1.25;
  const shown = isLong && !isWhole ? `${text.slice(0, SHOWN)}…` : text;
  return (
    <div class="long-text">
      <div class={mono ? 'any-text mono' : 'any-text'} dir="auto">
        {shown}
      </div>
      {isLong && (
        <Button kind="quiet" onClick={() => setWhole(!isWhole)} always>
          {isWhole ? 'Show less' : `Show all (${Math.ceil(text.length / 1000)} thousand characters)`}
        </Button>
      )}
    </div>
  );
}
