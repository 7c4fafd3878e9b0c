import { get } from './api.ts';

/** Where agents connect to: the broker's real port stands in /asyncapi.json. */
export interface MqttAddress {
  readonly host: string;
  readonly port: string;
}
interface Document {
  readonly servers?: Readonly<
    Record<string, { readonly variables?: { readonly host?: { readonly default?: string }; readonly port?: { readonly default?: string } } }>
  >;
}

let asked: Promise<MqttAddress> | null = null;

/** Whoever reaches this page under a name reaches the broker under the same; another host is said only where it is an address of its own. */
export function mqttAddress(): Promise<MqttAddress> {
  asked ??= get<Document>('/asyncapi.json').then(
    ({ servers }) => ({ host: location.hostname, port: servers?.['mqtt']?.variables?.port?.default ?? '1883' }),
    (error) => {
      asked = null;
      throw error;
    },
  );
  return asked;
}
