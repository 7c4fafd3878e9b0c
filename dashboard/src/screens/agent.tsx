import { Screen } from '#dashboard/screen.tsx';

export function AgentScreen({ id }: { readonly id?: string }) {
  return (
    <Screen title="Agent">
      <p class="muted">Not here yet {id}.</p>
    </Screen>
  );
}
