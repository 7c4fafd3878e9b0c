import { Screen } from '#dashboard/screen.tsx';

export function TrafficScreen() {
  return (
    <Screen title="Traffic">
      <p class="muted">Not here yet.</p>
    </Screen>
  );
}
