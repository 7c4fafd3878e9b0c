import type { MqttAddress } from './mqtt-address.ts';

/** Lines for a terminal that say and hear the same as a page does. */

interface Login {
  readonly address: MqttAddress;
  readonly user: string;
  /** Where it is not known here, it is to be in TOKEN. */
  readonly token?: string;
}

/** As one word of a POSIX shell, whatever is in it. */
const quoted = (text: string): string => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);

const head = (command: string, { address: { host, port }, user, token }: Login): string =>
  `${command} -h ${quoted(host)} -p ${port} -u ${quoted(user)} -P ${token === undefined ? '"$TOKEN"' : quoted(token)} -q 1`;

export const subLine = (login: Login, filter: string): string => `${head('mosquitto_sub', login)} -v -t ${quoted(filter)}`;

export function pubLine(login: Login, { topic, text, retain }: { readonly topic: string; readonly text: string; readonly retain: boolean }): string {
  return `${head('mosquitto_pub', login)}${retain ? ' -r' : ''} -t ${quoted(topic)} -m ${quoted(text)}`;
}
