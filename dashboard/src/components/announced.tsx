import { announced } from '#dashboard/toast.tsx';
import { Badge } from './status-badge.tsx';

/** What is about to happen with this task, while it can still be undone; nothing else. */
export function Announced({ taskId }: { readonly taskId: number }) {
  const words = announced.value.get(taskId);
  return words === undefined ? null : <Badge look={['info', 'clock', `${words}…`]} title="In a few seconds, unless it is undone" />;
}
