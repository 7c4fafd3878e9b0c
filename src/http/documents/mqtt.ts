import { escaped } from './html.ts';
import { command, paragraphs, pretty, quoted, typeOf } from './shapes.ts';

/** The MQTT half of the page. */

interface MqttOperation {
  readonly action: 'send' | 'receive';
  readonly channel: { readonly $ref: string };
  readonly title: string;
  readonly description: string;
  readonly bindings: { readonly mqtt: { readonly qos: number; readonly retain: boolean } };
}
/** The part of our own AsyncAPI document that is shown. */
export interface AsyncApi {
  readonly info: { readonly description: string };
  readonly channels: Readonly<Record<string, { readonly address: string; readonly messages: Readonly<Record<string, { readonly $ref: string }>> }>>;
  readonly operations: Readonly<Record<string, MqttOperation>>;
  readonly components: {
    readonly messages: Readonly<Record<string, { readonly payload: { readonly $ref: string }; readonly examples: readonly { payload: unknown }[] }>>;
  };
}

const last = (ref: string): string => ref.slice(ref.lastIndexOf('/') + 1);
const idOf = (operation: MqttOperation): string => `mqtt-${last(operation.channel.$ref)}`;
const addressOf = (document: AsyncApi, operation: MqttOperation): string => document.channels[last(operation.channel.$ref)]?.address ?? '';
const DIRECTION = { send: 'SUB', receive: 'PUB' } as const;

export function mqttNav(document: AsyncApi): string {
  const items = Object.values(document.operations).map((operation) => {
    const way = DIRECTION[operation.action];
    return `<li><a href="#${idOf(operation)}"><b class="${way}">${way}</b> ${escaped(addressOf(document, operation))}</a></li>`;
  });
  return `<li><a class="as-is" href="#mqtt">MQTT</a><ul>${items.join('')}</ul></li>`;
}

export function mqttSections(document: AsyncApi): string {
  const sections = Object.values(document.operations).map((operation) => section(document, operation));
  return `<section><h2 class="as-is" id="mqtt">MQTT</h2>${paragraphs(document.info.description)}\n${sections.join('\n')}</section>`;
}

function section(document: AsyncApi, operation: MqttOperation): string {
  const address = addressOf(document, operation);
  const way = DIRECTION[operation.action];
  const [name = ''] = Object.keys(document.channels[last(operation.channel.$ref)]?.messages ?? {});
  const message = document.components.messages[name];
  const example = message?.examples[0]?.payload;
  const { qos, retain } = operation.bindings.mqtt;
  return [
    `<article id="${idOf(operation)}"><h3><a href="#${idOf(operation)}"><b class="${way}">${way}</b> <code>${escaped(address)}</code></a> ${escaped(operation.title)}</h3>`,
    `<p>${operation.action === 'send' ? 'From the coordinator' : 'To the coordinator'}, QoS ${qos}, ${retain ? 'retained' : 'not retained'}. Payload: ${message === undefined ? '' : typeOf(message.payload)}</p>`,
    paragraphs(operation.description),
    command(line(operation, address, retain, example)),
    `<details><summary>Example</summary>${pretty(example)}</details></article>`,
  ].join('\n');
}

const EXAMPLES: Readonly<Record<string, string>> = { task_id: '+', thing: '+', what: '+' };

function line(operation: MqttOperation, address: string, retain: boolean, example: unknown): string {
  const isAdmins = address.startsWith('coordinator/') && !address.endsWith('/status');
  const who = isAdmins ? 'Ruto' : 'alice';
  const topic = address.replace(/\{(\w+)\}/g, (_, name: string) => EXAMPLES[name] ?? who);
  const login = `-h 127.0.0.1 -p 1883 -u ${topic.endsWith('/assign') ? 'Ruto' : who} -P "$TOKEN"`;
  if (operation.action === 'send') return `mosquitto_sub ${login} \\\n  -q 1 -v -t ${quoted(topic)}`;
  return `mosquitto_pub ${login} \\\n  -q 1${retain ? ' -r' : ''} -t ${quoted(topic.replace('alice/assign', 'Ruto/assign'))} \\\n  -m ${quoted(JSON.stringify(example))}`;
}
