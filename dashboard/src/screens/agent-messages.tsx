import { useState } from 'preact/hooks';
import { CopyLine } from '#dashboard/components/copy-line.tsx';
import { useAddress } from './traffic-address.ts';
import { subLine } from './traffic-lines.ts';
import { type Message, useTraffic } from './traffic-link.ts';
import { MessageDialog, MessageRow } from './traffic-message.tsx';
import './agent-messages.css';

const HELD = 200;
const SHOWN = 6;

/** What it says and is told, as it goes over the wire, from now on; and the line that hears the same in a terminal. */
export function Messages({ name }: { readonly name: string }) {
  const filter = `agents/${name}/#`;
  const { state, messages } = useTraffic(filter, false, HELD);
  const [open, setOpen] = useState<Message | null>(null);
  const address = useAddress();
  return (
    <section class="card stack" aria-labelledby="messages">
      <div class="row wrap spread">
        <h2 id="messages">Messages</h2>
        <a href={`/ui/traffic?filter=${encodeURIComponent(filter)}`}>In Traffic</a>
      </div>
      {state.is === 'refused' ? (
        <p class="muted">{state.why}</p>
      ) : (
        <div class="message-columns">
          {(['in', 'out'] as const).map((direction) => (
            <MessageList key={direction} direction={direction} messages={messages} open={setOpen} />
          ))}
        </div>
      )}
      {address !== null && (
        <div class="stack tight">
          <p class="small">Hear the same in a terminal, with its token in TOKEN:</p>
          <CopyLine label="mosquitto_sub" text={subLine(address, name, filter)} />
        </div>
      )}
      {open !== null && <MessageDialog message={open} address={address} onClose={() => setOpen(null)} />}
    </section>
  );
}

interface ListProps {
  readonly direction: Message['direction'];
  readonly messages: readonly Message[];
  readonly open: (message: Message) => void;
}

/** Of what comes over and over only the newest heartbeat is shown, so that the rest stays to be seen. */
function MessageList({ direction, messages, open }: ListProps) {
  const own = messages.filter((message) => message.direction === direction);
  const beat = own.find(({ topic }) => topic.endsWith('/heartbeat'));
  const shown = own.filter((message) => message === beat || !message.topic.endsWith('/heartbeat')).slice(0, SHOWN);
  return (
    <div>
      <h3>{direction === 'in' ? 'It says' : 'It is told'}</h3>
      {shown.length === 0 ? (
        <p class="muted small">Nothing since this page was opened.</p>
      ) : (
        <ul aria-label={direction === 'in' ? 'Messages to the coordinator' : 'Messages from the coordinator'}>
          {shown.map((message) => (
            <li key={message.n}>
              <MessageRow message={message} open={() => open(message)} />
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
