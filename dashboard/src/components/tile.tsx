import type { ComponentChildren } from 'preact';
import './tile.css';

interface TileProps {
  readonly title: string;
  /** Large: the figure with its unit. */
  readonly value: ComponentChildren;
  readonly tone?: 'good' | 'bad' | 'calm' | undefined;
  readonly children?: ComponentChildren;
}

/** One figure: what it is, how it stands, and below what it is made of. */
export function Tile({ title, value, tone = 'calm', children }: TileProps) {
  return (
    <section class="card tile" data-tone={tone} aria-label={title}>
      <h2 class="tile-title">{title}</h2>
      <p class="tile-value">{value}</p>
      {children}
    </section>
  );
}
