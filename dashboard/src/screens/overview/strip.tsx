import { Component } from 'preact';
import { to } from '#dashboard/address.ts';
import { useGradually } from '#dashboard/components/gradually.ts';
import { Icon } from '#dashboard/components/icon.tsx';
import { AGENT_LOOKS } from '#dashboard/components/status-badge.tsx';
import { isNarrow } from '#dashboard/narrow.ts';
import { activeAgents, taskName } from '#dashboard/store.ts';
import { AGENT_STATUSES, type AgentStatus } from '#schemas/vocabulary.ts';
import './strip.css';

/** Up to so many agents have a name in their cell; beyond, a cell is a mark, and beyond MAX_CELLS the rest is a number. */
const MAX_NAMED = 64;
const MAX_NAMED_ON_A_PHONE = 24;
const MAX_CELLS = 1200;
/** Cells that are drawn in one frame. */
const STEP = 100;

/** The whole fleet at a glance: one cell per agent, and how many are how. */
export function FleetStrip() {
  const everyone = activeAgents.value;
  const hasNames = everyone.length <= (isNarrow.value ? MAX_NAMED_ON_A_PHONE : MAX_NAMED);
  const drawn = useGradually(Math.min(everyone.length, MAX_CELLS), STEP);
  const counts = new Map<AgentStatus, number>();
  for (const { status } of everyone) counts.set(status, (counts.get(status) ?? 0) + 1);
  return (
    <section class="card stack" aria-labelledby="strip-title">
      <div class="row spread wrap">
        <h2 id="strip-title">Fleet</h2>
        <ul class="small strip-legend">
          {AGENT_STATUSES.map((status) => {
            const [tone, icon, word] = AGENT_LOOKS[status];
            const count = counts.get(status) ?? 0;
            return (
              <li key={status}>
                <a class="strip-count" data-tone={count === 0 ? 'calm' : tone} href={`${to.fleet}?status=${status}`}>
                  <Icon name={icon} size={16} /> <strong>{count}</strong> {word}
                </a>
              </li>
            );
          })}
        </ul>
      </div>
      {!hasNames && isNarrow.value ? (
        <a class="strip strip-dense" href={to.fleet} aria-label={`All ${everyone.length} agents`}>
          {everyone.slice(0, drawn).map(({ id, status }) => (
            <Spot key={id} status={status} />
          ))}
        </a>
      ) : (
        <ul class={hasNames ? 'strip' : 'strip strip-dense'}>
          {everyone.slice(0, drawn).map((agent) => (
            <Cell
              key={agent.id}
              id={agent.id}
              name={agent.name}
              status={agent.status}
              task={agent.current_task_id === null ? null : taskName(agent.current_task_id)}
              hasName={hasNames}
            />
          ))}
        </ul>
      )}
      {everyone.length > MAX_CELLS && <p class="muted small">and {everyone.length - MAX_CELLS} more</p>}
    </section>
  );
}

/** A cell too small for a finger: a mark within the one link that all of them make. How many are how is told above. */
class Spot extends Component<{ readonly status: AgentStatus }> {
  override shouldComponentUpdate(next: { readonly status: AgentStatus }): boolean {
    return next.status !== this.props.status;
  }

  override render({ status }: { readonly status: AgentStatus }) {
    const [tone, icon] = AGENT_LOOKS[status];
    return (
      <span class="cell" data-tone={tone} data-status={status}>
        <Icon name={icon} size={12} />
      </span>
    );
  }
}

interface CellProps {
  readonly id: number;
  readonly name: string;
  readonly status: AgentStatus;
  readonly task: string | null;
  readonly hasName: boolean;
}

/** Drawn again only when it looks different: there may be a thousand of them, and one changes. */
class Cell extends Component<CellProps> {
  override shouldComponentUpdate(next: CellProps): boolean {
    const { name, status, task, hasName } = this.props;
    return next.name !== name || next.status !== status || next.task !== task || next.hasName !== hasName;
  }

  override render({ id, name, status, task, hasName }: CellProps) {
    const [tone, icon, word] = AGENT_LOOKS[status];
    const about = `${name}: ${word}${task === null ? '' : `, ${task}`}`;
    return (
      <li>
        <a
          class="cell"
          data-tone={tone}
          data-status={status}
          href={to.agent(id)}
          title={about}
          aria-label={about}
          data-row={hasName ? `agent-${id}` : undefined}
        >
          <Icon name={icon} size={hasName ? 16 : 12} />
          {hasName && <span class="truncate">{name}</span>}
        </a>
      </li>
    );
  }
}
