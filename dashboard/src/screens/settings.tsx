import { Screen } from '#dashboard/screen.tsx';

export function SettingsScreen() {
  return (
    <Screen title="Settings">
      <p class="muted">Not here yet.</p>
    </Screen>
  );
}
