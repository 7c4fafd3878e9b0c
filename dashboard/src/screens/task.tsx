import { Screen } from '#dashboard/screen.tsx';

export function TaskScreen({ id }: { readonly id?: string }) {
  return (
    <Screen title="Task">
      <p class="muted">Not here yet {id}.</p>
    </Screen>
  );
}
