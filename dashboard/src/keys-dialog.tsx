import { Dialog } from './components/dialog.tsx';
import { registered } from './keys.ts';
import './keys-dialog.css';

/** Of several that have a key, the newest is heard. */
const ownerOf = (key: string) => registered.value.findLast(({ keys }) => keys[key] !== undefined);

/** Every key that is heard now, by what it belongs to. */
export function KeysDialog({ onClose }: { readonly onClose: () => void }) {
  const titles = [...new Set(registered.value.map(({ title }) => title))];
  return (
    <Dialog title="Keyboard shortcuts" onClose={onClose} wide>
      <div class="keys">
        {titles.map((title) => (
          <section key={title}>
            <h3>{title}</h3>
            <dl>
              {registered.value
                .filter((each) => each.title === title)
                .flatMap((each) => Object.entries(each.keys).filter(([key]) => ownerOf(key) === each))
                .map(([key, [what]]) => (
                  <div key={key}>
                    <dt>
                      {key.split(' ').map((part) => (
                        <kbd key={part}>{part}</kbd>
                      ))}
                    </dt>
                    <dd>{what}</dd>
                  </div>
                ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
