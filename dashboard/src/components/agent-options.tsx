import { computed } from '@preact/signals';
import { activeAgents } from '#dashboard/store.ts';

/** Beyond so many a list is no help: the field takes a name that is typed, the address one that is written. */
const MAX_OFFERED = 2000;

/** One text, so that it is the same as long as the names are: agents change all the time, their names hardly ever. No name has a space. */
const names = computed(() => activeAgents.value.map(({ name }) => name).join(' '));

/** The active agents as options of a select or a datalist. `also`: a name that is offered in any case. */
export function AgentOptions({ also = '' }: { readonly also?: string }) {
  const offered = new Set([also, ...names.value.split(' ').slice(0, MAX_OFFERED)]);
  offered.delete('');
  return (
    <>
      {[...offered].map((name) => (
        <option key={name} value={name}>
          {name}
        </option>
      ))}
    </>
  );
}
