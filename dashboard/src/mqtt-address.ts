import { useEffect, useState } from 'preact/hooks';
import type { Settings } from '#schemas/settings.ts';
import { get } from './api.ts';
import { me } from './store.ts';

/** Where agents connect to. */
export interface MqttAddress {
  readonly host: string;
  readonly port: string;
}
interface Document {
  readonly servers?: Readonly<Record<string, { readonly variables?: { readonly port?: { readonly default?: string } } }>>;
}

const USUAL_PORT = '1883';

/** What it is as a rule: until, and where, the real one is not known. */
export const usualAddress = (): MqttAddress => ({ host: location.hostname, port: USUAL_PORT });

let asked: Promise<MqttAddress> | null = null;

/** Whoever reaches this page under a name reaches the broker under the same. The admin and main agents see the real port (or an external broker), others the usual one. */
function mqttAddress(): Promise<MqttAddress> {
  asked ??= (me.value?.role !== 'sub_agent' ? listening() : documented()).catch((error) => {
    asked = null;
    throw error;
  });
  return asked;
}

async function listening(): Promise<MqttAddress> {
  const { broker, listeners } = await get<Settings>('/settings');
  const url = broker.url ?? listeners.find(({ name }) => name === 'mqtt')?.url ?? `mqtt://localhost:${USUAL_PORT}`;
  const { hostname, port } = new URL(url.replace(/^mqtts?:/, 'http:'));
  return { host: broker.url === null ? location.hostname : hostname, port: port === '' ? USUAL_PORT : port };
}

async function documented(): Promise<MqttAddress> {
  const { servers } = await get<Document>('/asyncapi.json');
  return { host: location.hostname, port: servers?.['mqtt']?.variables?.port?.default ?? USUAL_PORT };
}

/** Where the broker is; null until that is known, and where it cannot be found out. */
export function useMqttAddress(): MqttAddress | null {
  const [address, setAddress] = useState<MqttAddress | null>(null);
  useEffect(() => void mqttAddress().then(setAddress, () => {}), []); // the lines for a terminal are left out then
  return address;
}
