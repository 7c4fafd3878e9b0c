import type { AskTask } from '#dashboard/actions/task-menu.tsx';
import { Button } from '#dashboard/components/button.tsx';
import { useGradually } from '#dashboard/components/gradually.ts';
import { Icon, type IconName } from '#dashboard/components/icon.tsx';
import { connection } from '#dashboard/store.ts';
import { TaskCard } from './card.tsx';
import { NONE, type Total, written } from './counts.ts';
import { isClosedRead } from './read.ts';
import { COLUMN_WORDS, COLUMNS, type Column, type Row } from './rows.ts';
import './board.css';

const LOOKS: Readonly<Record<Column, readonly [icon: IconName, tone: string]>> = {
  todo: ['circle', 'calm'],
  pending: ['hourglass', 'warn'],
  acknowledged: ['check', 'good'],
  snoozed: ['moon', 'info'],
  attention: ['bellRing', 'bad'],
  done: ['circleCheck', 'good'],
};
/** Cards of a column; the list has all. */
const MAX_CARDS = 40;
/** Cards of a column that are drawn in one frame. */
const STEP = 8;

interface BoardProps {
  readonly rows: readonly Row[];
  /** How many there are, also of what is not held here. */
  readonly totals: ReadonlyMap<Column, Total>;
  /** The one column that is looked at, or ''. */
  readonly only: string;
  readonly ask: AskTask;
  readonly showAll: (column: Column) => void;
}

/** Every task in the column of its state. Columns without any are narrow. */
export function Board({ rows, totals, only, ask, showAll }: BoardProps) {
  const columns = COLUMNS.filter((column) => only === '' || !COLUMNS.includes(only as Column) || column === only); // as: includes() asks
  return (
    <div class="board">
      {columns.map((column) => (
        <BoardColumn
          key={column}
          column={column}
          rows={rows.filter((row) => row.column === column)}
          total={totals.get(column) ?? NONE}
          ask={ask}
          showAll={showAll}
        />
      ))}
    </div>
  );
}

function BoardColumn({ column, rows, total, ask, showAll }: Omit<BoardProps, 'only' | 'totals'> & { readonly column: Column; readonly total: Total }) {
  const [icon, tone] = LOOKS[column];
  const id = `column-${column}`;
  const drawn = useGradually(MAX_CARDS, STEP);
  // Until it is known, a column is not taken for empty: it would be narrow for a moment.
  const isKnown = connection.value.state !== 'connecting' && (column !== 'done' || isClosedRead.value);
  return (
    <section class="board-column" data-tone={tone} data-empty={(isKnown && rows.length === 0) || undefined} aria-labelledby={id}>
      <h2 class="board-head" id={id}>
        <Icon name={icon} size={16} />
        <span>{COLUMN_WORDS[column]}</span>
        <span class="board-count">{written(total)}</span>
      </h2>
      <ul class="board-cards">
        {rows.slice(0, drawn).map((row) => (
          <li key={row.task.id}>
            <TaskCard row={row} ask={ask} />
          </li>
        ))}
      </ul>
      {rows.length > MAX_CARDS && (
        <Button kind="quiet" onClick={() => showAll(column)} always>
          All {written(total)} in the list
        </Button>
      )}
    </section>
  );
}
