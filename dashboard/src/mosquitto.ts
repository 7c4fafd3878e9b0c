import type { MqttAddress } from './mqtt-address.ts';

/** Lines for a terminal that say and hear the same as this page; the token is to be in TOKEN. */

/** As one word of a POSIX shell, whatever is in it. */
export const quoted = (text: string): string => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);

const head = (command: string, { host, port }: MqttAddress, user: string): string =>
  `${command} -h ${quoted(host)} -p ${port} -u ${quoted(user)} -P "$TOKEN" -q 1`;

export const subLine = (address: MqttAddress, user: string, filter: string): string => `${head('mosquitto_sub', address, user)} -v -t ${quoted(filter)}`;

/** What an agent said, said again in its name. */
export function pubLine(address: MqttAddress, message: { readonly topic: string; readonly text: string; readonly retain: boolean }): string {
  const { topic, text, retain } = message;
  return `${head('mosquitto_pub', address, topic.split('/')[1] ?? '')}${retain ? ' -r' : ''} -t ${quoted(topic)} -m ${quoted(text)}`;
}
