import type { ComponentChildren } from 'preact';

interface TileProps {
  readonly title: string;
  /** Large: the figure with its unit. */
  readonly value: ComponentChildren;
  readonly tone?: 'good' | 'bad' | 'calm' | undefined;
  /** Met or not, in words: colour alone says nothing. */
  readonly verdict?: ComponentChildren;
  readonly children?: ComponentChildren;
}

/** One figure: what it is, how it stands, and below what it is made of. */
export function Tile({ title, value, tone = 'calm', verdict, children }: TileProps) {
  return (
    <section class="card tile" data-tone={tone} aria-label={title}>
      <div class="row spread">
        <h3 class="tile-title">{title}</h3>
        {verdict}
      </div>
      <p class="tile-value">{value}</p>
      {children}
    </section>
  );
}
