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

let asked: Promise<MqttAddress> | null = null;

/** Whoever reaches this page under a name reaches the broker under the same. The admin and main agents see the real port (or an external broker), others the usual one. */
export function mqttAddress(): Promise<MqttAddress> {
  asked ??= (me.value?.role !== 'sub_agent' ? listening() : documented()).catch((error) => {
    asked = null;
    throw error;
  });
  return asked;
}

async function listening(): Promise<MqttAddress> {
  const { broker, listeners } = await get<Settings>('/settings');
  const url = broker.url ?? listeners.find(({ name }) => name === 'mqtt')?.url ?? 'mqtt://localhost:1883';
  const { hostname, port } = new URL(url.replace(/^mqtts?:/, 'http:'));
  return { host: broker.url === null ? location.hostname : hostname, port: port === '' ? '1883' : port };
}

async function documented(): Promise<MqttAddress> {
  const { servers } = await get<Document>('/asyncapi.json');
  return { host: location.hostname, port: servers?.['mqtt']?.variables?.port?.default ?? '1883' };
}
