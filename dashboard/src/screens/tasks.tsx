import { Screen } from '#dashboard/screen.tsx';

export function TasksScreen() {
  return (
    <Screen title="Tasks">
      <p class="muted">Not here yet.</p>
    </Screen>
  );
}
