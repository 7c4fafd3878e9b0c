import { Screen } from '#dashboard/screen.tsx';

export function EventsScreen() {
  return (
    <Screen title="Events">
      <p class="muted">Not here yet.</p>
    </Screen>
  );
}
