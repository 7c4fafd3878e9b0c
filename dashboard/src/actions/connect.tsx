import { useEffect, useState } from 'preact/hooks';
import { get } from '#dashboard/api.ts';
import { CopyLine } from '#dashboard/components/copy-line.tsx';
import { Icon } from '#dashboard/components/icon.tsx';
import { pubLine, subLine } from '#dashboard/mosquitto.ts';
import { useMqttAddress, usualAddress } from '#dashboard/mqtt-address.ts';
import { agents } from '#dashboard/store.ts';
import type { Settings } from '#schemas/settings.ts';
import './connect.css';

/** A terminal says once that it is alive, and there has to be time to try things. */
const ALIVE_SECONDS = 3600;
/** HEARTBEAT_MISSES unless the settings say otherwise. */
const USUAL_MISSES = 3;

/** The commands that make an agent out of a terminal, with its token and the broker's real address; and whether it was heard by now. */
export function Connect({ id, name, token }: { readonly id: number; readonly name: string; readonly token: string }) {
  const address = useMqttAddress() ?? usualAddress();
  const [misses, setMisses] = useState(USUAL_MISSES);
  useEffect(() => void missesInUse().then(setMisses, () => {}), []);
  const login = { address, user: name, token };
  const say = (leaf: string, payload: object, retain = false): string =>
    pubLine(login, { topic: `agents/${name}/${leaf}`, text: JSON.stringify(payload), retain });
  const alive = { status: 'online', session: '1', interval_seconds: Math.floor(ALIVE_SECONDS / misses) };
  return (
    <div class="stack">
      <ol class="steps">
        <li>
          <p>Listen for pings, in one terminal:</p>
          <CopyLine label="Listen" text={subLine(login, `agents/${name}/#`)} />
        </li>
        <li>
          <p>Say that you are alive, in another (for an hour):</p>
          <CopyLine label="Heartbeat" text={say('heartbeat', alive, true)} />
        </li>
        <li>
          <p>Answer the first ping:</p>
          <CopyLine label="Acknowledge" text={say('ack', {})} />
        </li>
      </ol>
      <Arrival id={id} name={name} />
    </div>
  );
}

/** After so many intervals of silence an agent is stale. */
async function missesInUse(): Promise<number> {
  const { settings } = await get<Settings>('/settings');
  return Number(settings.find(({ name }) => name === 'HEARTBEAT_MISSES')?.value ?? USUAL_MISSES);
}

function Arrival({ id, name }: { readonly id: number; readonly name: string }) {
  const agent = agents.value.get(id);
  const isHere = agent !== undefined && agent.last_heartbeat !== null && agent.status !== 'offline';
  return (
    <p class="arrival" data-tone={isHere ? 'good' : 'calm'} role="status">
      <Icon name={isHere ? 'circleCheck' : 'loader'} />
      {isHere ? `${name} is here.` : `Waiting for the first heartbeat of ${name}…`}
    </p>
  );
}
