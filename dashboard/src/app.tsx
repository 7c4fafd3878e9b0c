import { useEffect, useState } from 'preact/hooks';
import { ErrorBoundary, LocationProvider, Route, Router, useLocation } from 'preact-iso';
import { SCOPE, to } from './address.ts';
import { told } from './api.ts';
import { Button } from './components/button.tsx';
import { Caught } from './components/caught.tsx';
import { Empty } from './components/empty.tsx';
import { Screen } from './screen.tsx';
import { LoginScreen } from './screens/login.tsx';
import { begin } from './session.ts';
import { Mark, Shell } from './shell.tsx';
import { me } from './store.ts';
import { screenFrom } from './upgrade.tsx';
import './app.css';

const Overview = screenFrom(() => import('./screens/overview.tsx').then((module) => module.OverviewScreen));
const Fleet = screenFrom(() => import('./screens/fleet.tsx').then((module) => module.FleetScreen));
const Agent = screenFrom(() => import('./screens/agent.tsx').then((module) => module.AgentScreen));
const Tasks = screenFrom(() => import('./screens/tasks.tsx').then((module) => module.TasksScreen));
const Task = screenFrom(() => import('./screens/task.tsx').then((module) => module.TaskScreen));
const Traffic = screenFrom(() => import('./screens/traffic.tsx').then((module) => module.TrafficScreen));
const Events = screenFrom(() => import('./screens/events.tsx').then((module) => module.EventsScreen));
const Settings = screenFrom(() => import('./screens/settings.tsx').then((module) => module.SettingsScreen));

/** Whoever is not logged in sees the login at any address, and is then where they wanted to be. */
export function App() {
  const [start, setStart] = useState<'done' | { readonly error: unknown } | null>(null);
  const tryToBegin = (): Promise<void> =>
    begin().then(
      () => setStart('done'),
      (error) => setStart({ error }),
    );
  useEffect(() => void tryToBegin(), []);
  if (start === null) {
    return (
      <main class="starting muted">
        <Mark size={44} />
        <p>Loading…</p>
      </main>
    );
  }
  if (start !== 'done') {
    return (
      <main class="starting">
        <Empty icon="wifiOff" title="The server does not answer">
          <p class="muted">{told(start.error)}</p>
          <Button kind="primary" onClick={tryToBegin} always>
            Try again
          </Button>
        </Empty>
      </main>
    );
  }
  if (me.value === null || me.value === undefined) return <LoginScreen />;
  return (
    <LocationProvider scope={SCOPE}>
      <Shell>
        <Screens />
      </Shell>
    </LocationProvider>
  );
}

function Screens() {
  return (
    <Caught place={useLocation().url}>
      <ErrorBoundary>
        <Router>
          <Route path="/" component={Overview} />
          <Route path="/ui/fleet" component={Fleet} />
          <Route path="/ui/agents/:id" component={Agent} />
          <Route path="/ui/tasks" component={Tasks} />
          <Route path="/ui/tasks/:id" component={Task} />
          <Route path="/ui/traffic" component={Traffic} />
          <Route path="/ui/events" component={Events} />
          <Route path="/ui/settings" component={Settings} />
          <Route default component={Nowhere} />
        </Router>
      </ErrorBoundary>
    </Caught>
  );
}

const Nowhere = () => (
  <Screen title="Not found">
    <Empty icon="search" title="There is nothing at this address">
      <p class="muted any-text">
        <code>{location.pathname.slice(0, 200)}</code> is no screen of the dashboard.
      </p>
      <a class="button" href={to.overview}>
        To the overview
      </a>
    </Empty>
  </Screen>
);
