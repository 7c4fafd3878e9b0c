import { to } from '#dashboard/address.ts';
import { Icon } from '#dashboard/components/icon.tsx';
import { AGENT_LOOKS } from '#dashboard/components/status-badge.tsx';
import { activeAgents, taskName } from '#dashboard/store.ts';
import { AGENT_STATUSES } from '#schemas/vocabulary.ts';

/** Up to so many agents have a name in their cell; beyond, a cell is a mark, and beyond MAX_CELLS the rest is a number. */
const MAX_NAMED = 40;
const MAX_CELLS = 1200;

/** The whole fleet at a glance: one cell per agent, and how many are how. */
export function FleetStrip() {
  const everyone = activeAgents.value;
  const hasNames = everyone.length <= MAX_NAMED;
  return (
    <section class="card stack" aria-labelledby="strip-title">
      <div class="row spread wrap">
        <h2 id="strip-title">Fleet</h2>
        <ul class="row wrap small strip-legend">
          {AGENT_STATUSES.map((status) => {
            const [tone, icon, word] = AGENT_LOOKS[status];
            const count = everyone.filter((agent) => agent.status === status).length;
            return (
              <li key={status}>
                <a class="strip-count" data-tone={tone} href={`${to.fleet}?status=${status}`}>
                  <Icon name={icon} size={16} /> <strong>{count}</strong> {word}
                </a>
              </li>
            );
          })}
        </ul>
      </div>
      <ul class={hasNames ? 'strip' : 'strip strip-dense'}>
        {everyone.slice(0, MAX_CELLS).map((agent) => {
          const [tone, icon, word] = AGENT_LOOKS[agent.status];
          const about = `${agent.name}: ${word}${agent.current_task_id === null ? '' : `, ${taskName(agent.current_task_id)}`}`;
          return (
            <li key={agent.id}>
              <a
                class="cell"
                data-tone={tone}
                data-status={agent.status}
                href={to.agent(agent.id)}
                title={about}
                aria-label={about}
                data-row={hasNames ? agent.id : undefined}
              >
                <Icon name={icon} size={hasNames ? 16 : 12} />
                {hasNames && <span class="truncate">{agent.name}</span>}
              </a>
            </li>
          );
        })}
      </ul>
      {everyone.length > MAX_CELLS && <p class="muted small">and {everyone.length - MAX_CELLS} more</p>}
    </section>
  );
}
