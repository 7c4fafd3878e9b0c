import type { ComponentChildren } from 'preact';
import { AgentOptions } from '#dashboard/components/agent-options.tsx';
import { Button } from '#dashboard/components/button.tsx';
import { Chips, countSet, FoldedFilters, SearchField } from '#dashboard/components/filters.tsx';
import { ATTENTION_REASONS, ATTENTION_WORDS } from '#schemas/vocabulary.ts';
import { NONE, type Total } from './counts.ts';
import { COLUMN_WORDS, COLUMNS, type Column, type Filter, NOBODY, SORTS } from './rows.ts';
import './filters.css';

interface FiltersProps {
  readonly filter: Filter;
  readonly totals: ReadonlyMap<Column, Total>;
  readonly change: (patch: Readonly<Record<string, string | null>>) => void;
}

/** What the tasks are narrowed to, all of it kept in the address. */
export function TaskFilters({ filter, totals, change }: FiltersProps) {
  const isNarrowed = countSet(filter.q, filter.status, filter.agent, filter.attention) > 0;
  return (
    <div class="task-filters">
      <div class="filters">
        <SearchField label="Search by id or text" value={filter.q} change={(q) => change({ q })} />
        <FoldedFilters set={countSet(filter.agent, filter.attention)}>
          <Choose label="Holder" value={filter.agent} choose={(agent) => change({ agent })}>
            <option value="">Any holder</option>
            <option value={NOBODY}>Nobody</option>
            <AgentOptions also={filter.agent === NOBODY ? '' : filter.agent} />
          </Choose>
          <Choose label="Attention" value={filter.attention} choose={(needs_attention) => change({ needs_attention })}>
            <option value="">Attention or not</option>
            <option value="true">Needs attention</option>
            <option value="false">Needs none</option>
            {ATTENTION_REASONS.map((reason) => (
              <option key={reason} value={reason}>
                {ATTENTION_WORDS[reason]}
              </option>
            ))}
          </Choose>
          <Choose label="Order" value={filter.sort} choose={(sort) => change({ sort: sort === 'next' ? null : sort })}>
            {Object.entries(SORTS).map(([value, words]) => (
              <option key={value} value={value}>
                {words}
              </option>
            ))}
          </Choose>
          {isNarrowed && (
            <Button kind="quiet" icon="x" onClick={() => change({ q: null, status: null, agent: null, needs_attention: null })} always>
              Clear
            </Button>
          )}
        </FoldedFilters>
      </div>
      <Chips
        label="State"
        choices={COLUMNS.map((value) => ({
          value,
          text: COLUMN_WORDS[value],
          ...(totals.get(value) ?? NONE),
        }))}
        chosen={filter.status}
        choose={(status) => change({ status })}
      />
    </div>
  );
}

function Choose({
  label,
  value,
  choose,
  children,
}: {
  readonly label: string;
  readonly value: string;
  readonly choose: (value: string) => void;
  readonly children: ComponentChildren;
}) {
  return (
    <select class="input" aria-label={label} value={value} onChange={(event) => choose(event.currentTarget.value)}>
      {children}
    </select>
  );
}
