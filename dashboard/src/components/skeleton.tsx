import './skeleton.css';

/** Stands in for what is being read: so many lines of it. `label` says what it waits for. */
export function Skeleton({ label, lines = 4 }: { readonly label: string; readonly lines?: number }) {
  return (
    <div class="skeleton" role="status">
      <p class="visually-hidden">{label}</p>
      {Array.from({ length: lines }, (_, line) => (
        <span key={line} aria-hidden="true" />
      ))}
    </div>
  );
}
