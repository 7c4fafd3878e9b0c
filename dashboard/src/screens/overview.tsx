import { Screen } from '#dashboard/screen.tsx';

export function OverviewScreen() {
  return (
    <Screen title="Overview">
      <p class="muted">Not here yet.</p>
    </Screen>
  );
}
