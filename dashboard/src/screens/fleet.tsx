import { Screen } from '#dashboard/screen.tsx';

export function FleetScreen() {
  return (
    <Screen title="Fleet">
      <p class="muted">Not here yet.</p>
    </Screen>
  );
}
