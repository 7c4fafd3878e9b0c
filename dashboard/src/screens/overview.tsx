import { to, useQuery } from '#dashboard/address.ts';
import { Icon } from '#dashboard/components/icon.tsx';
import { useFigures } from '#dashboard/figures.ts';
import { Screen } from '#dashboard/screen.tsx';
import { activeAgents, connection } from '#dashboard/store.ts';
import type { WindowName } from '#schemas/stats.ts';
import { EscalationFeed } from './overview/feed.tsx';
import { Needing } from './overview/needing.tsx';
import { Soon } from './overview/soon.tsx';
import { FleetStrip } from './overview/strip.tsx';
import { HowComputed, Targets } from './overview/targets.tsx';
import { Trends } from './overview/trends.tsx';
import './overview.css';

const CHOICES = ['1h', '24h', '7d', '30d'] as const satisfies readonly WindowName[];

/** How things stand: who is needed, the four targets, the fleet, and what is about to happen. */
export function OverviewScreen() {
  const [query, change] = useQuery();
  const window = CHOICES.find((choice) => choice === query['window']) ?? '24h';
  const { stats, series, isMissing } = useFigures(window);
  const isFirst = connection.value.state !== 'connecting' && activeAgents.value.every(({ type }) => type === 'main_agent');
  return (
    <Screen
      title="Overview"
      actions={
        <>
          {stats !== null && <HowComputed stats={stats} />}
          <Windows chosen={window} choose={(choice) => change({ window: choice === '24h' ? null : choice })} />
        </>
      }
    >
      <Needing />
      {isFirst && <Welcome />}
      {stats === null ? (
        <p class="targets-missing muted">{isMissing ? 'The figures of the fleet cannot be shown.' : 'Reading the figures…'}</p>
      ) : (
        <Targets stats={stats} />
      )}
      <FleetStrip />
      <div class="pair">
        <Soon />
        <EscalationFeed />
      </div>
      {series !== null && stats !== null && <Trends series={series} stats={stats} />}
    </Screen>
  );
}

function Windows({ chosen, choose }: { readonly chosen: WindowName; readonly choose: (window: WindowName) => void }) {
  return (
    <fieldset class="segments">
      <legend class="visually-hidden">Window of the figures</legend>
      {CHOICES.map((choice) => (
        <button key={choice} type="button" aria-pressed={choice === chosen} onClick={() => choose(choice)}>
          {choice.replace('h', ' h').replace('d', ' d')}
        </button>
      ))}
    </fieldset>
  );
}

const Welcome = () => (
  <a class="card welcome" href={to.fleet}>
    <Icon name="userPlus" size={24} />
    <span>
      <strong>No agent yet.</strong> Connect the first one with three lines in a terminal.
    </span>
    <Icon name="chevronRight" />
  </a>
);
