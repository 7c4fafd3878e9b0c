import { resolveTask } from '#dashboard/actions/direct-task.ts';
import { taskKeys, useBriefAsking } from '#dashboard/actions/task-keys.tsx';
import { to, useQuery } from '#dashboard/address.ts';
import { Icon } from '#dashboard/components/icon.tsx';
import { Segments } from '#dashboard/components/segments.tsx';
import { Skeleton } from '#dashboard/components/skeleton.tsx';
import { useFigures } from '#dashboard/figures.ts';
import { focusedRow, useKeys } from '#dashboard/keys.ts';
import { may } from '#dashboard/rights.ts';
import { Screen } from '#dashboard/screen.tsx';
import { activeAgents, connection, tasks } from '#dashboard/store.ts';
import type { Task } from '#schemas/resources.ts';
import type { WindowName } from '#schemas/stats.ts';
import { EscalationFeed } from './overview/feed.tsx';
import { Needing } from './overview/needing.tsx';
import { Soon } from './overview/soon.tsx';
import { FleetStrip } from './overview/strip.tsx';
import { HowComputed, TARGET_TITLES, Targets } from './overview/targets.tsx';
import { Trends } from './overview/trends.tsx';
import './overview.css';

const WINDOWS = [
  { value: '1h', text: '1 h' },
  { value: '24h', text: '24 h' },
  { value: '7d', text: '7 d' },
  { value: '30d', text: '30 d' },
] as const satisfies readonly { readonly value: WindowName; readonly text: string }[];

const current = (): Task | undefined => tasks.value.get(Number(focusedRow()));

function resolveCurrent(): void {
  const task = current();
  if (task !== undefined && task.needs_attention !== null && may('resolve')) void resolveTask(task.id);
}

/** How things stand: who is needed, the four targets, the fleet, and what is about to happen. */
export function OverviewScreen() {
  const [query, change] = useQuery();
  const window = WINDOWS.find(({ value }) => value === query['window'])?.value ?? '24h';
  const { stats, series, isMissing } = useFigures(window);
  const { ask, dialogs } = useBriefAsking();
  useKeys('The task in focus', {
    ...taskKeys(current, ask),
    d: ['Resolve: it needs no person any more', resolveCurrent],
  });
  const isFirst = connection.value.state !== 'connecting' && activeAgents.value.every(({ type }) => type === 'main_agent');
  return (
    <Screen
      title="Overview"
      actions={
        <>
          {stats !== null && <HowComputed stats={stats} />}
          <Segments
            label="Window of the figures"
            segments={WINDOWS}
            chosen={window}
            choose={(choice) => change({ window: choice === '24h' ? null : choice })}
          />
        </>
      }
    >
      <Needing ask={ask} />
      {isFirst && <Welcome />}
      {stats === null ? <TargetsMissing isMissing={isMissing} /> : <Targets stats={stats} />}
      <FleetStrip />
      <div class="overview-columns">
        <div class="stack">
          <Soon />
          {series !== null && stats !== null && <Trends series={series} stats={stats} />}
        </div>
        <EscalationFeed />
      </div>
      {dialogs}
    </Screen>
  );
}

function TargetsMissing({ isMissing }: { readonly isMissing: boolean }) {
  if (!may('read_figures')) return <p class="card muted">The figures of the fleet are for the admin and main agents.</p>;
  if (isMissing) return <p class="card muted">The figures of the fleet could not be read; they are asked for again every few seconds.</p>;
  return (
    <div class="targets">
      {TARGET_TITLES.map((title) => (
        <div key={title} class="card">
          <Skeleton label={`Reading: ${title}`} lines={5} />
        </div>
      ))}
    </div>
  );
}

const Welcome = () => (
  <a class="card welcome" href={to.fleet}>
    <span class="welcome-icon">
      <Icon name="userPlus" size={20} />
    </span>
    <span>
      <strong>No agent yet.</strong> Connect the first one with three lines in a terminal.
    </span>
    <Icon name="chevronRight" />
  </a>
);
