import { MQTT_CHANNELS, type MqttChannel } from './channels.ts';
import { EXAMPLES } from './examples.ts';
import { componentName, referring } from './named.ts';
import { EVENT_KINDS } from './vocabulary.ts';

/** Of the MQTT bindings' definition. */
const BINDING = '0.2.0';

/** The AsyncAPI 3.0 document of what goes over MQTT, from the coordinator's side: it receives commands and sends pings. */
export function asyncApi(version: string): Record<string, unknown> {
  const schemas = new Map<string, object>();
  const channels: readonly (readonly [string, MqttChannel])[] = Object.entries(MQTT_CHANNELS);
  const messages = Object.fromEntries(channels.map(([, channel]) => [componentName(channel.message), messageOf(channel, schemas)]));
  return {
    asyncapi: '3.0.0',
    info: { title: 'Ping System', version, description: INTRODUCTION, license: { name: 'MIT' } },
    defaultContentType: 'application/json',
    servers: {
      mqtt: serverOf('mqtt', '1883', 'Plain, by default on the loopback address alone'),
      mqtts: serverOf('mqtts', '8883', 'TLS, where MQTTS_PORT is set'),
      ws: WEBSOCKET,
    },
    channels: Object.fromEntries(channels.map(([id, channel]) => [id, channelOf(channel)])),
    operations: Object.fromEntries(channels.map(([id, channel]) => [operationId(id, channel), operationOf(id, channel)])),
    components: { schemas: Object.fromEntries(schemas), messages, securitySchemes: SECURITY },
  };
}

const INTRODUCTION = [
  'MQTT 3.1.1 with plain JSON objects; unknown fields are ignored. {name} is the agent’s name exactly as registered.',
  'Connect with the name as username and the token as password (the admin: admin and the admin token). ' +
    'A sub-agent may publish to its own topics but assign, and subscribe to agents/<own>/# and coordinator/status; ' +
    'a main agent also to coordinator/# and agents/+/heartbeat; the admin may read everything and speak for any agent. ' +
    'A forbidden SUBSCRIBE gets 0x80 for that filter; a forbidden PUBLISH closes the connection. Wrong credentials get CONNACK 5: after 200 failures of one address ' +
    '20 a second of it are answered, the others wait for their CONNACK or are closed without one; right credentials never wait.',
  'Whatever is wrong with a payload is answered on agents/{name}/reply with ok: false, and the connection stays. The codes are those of REST (/openapi.json).',
].join('\n\n');

const SECURITY = {
  agent: { type: 'userPassword', description: 'Username: the agent’s name. Password: its token (psa_…).' },
  admin: { type: 'userPassword', description: 'Username: admin. Password: the admin token.' },
  session: { type: 'httpApiKey', in: 'cookie', name: 'ping_session', description: 'The dashboard’s session, with an Origin equal to the server’s.' },
};
const EITHER = [{ $ref: '#/components/securitySchemes/agent' }, { $ref: '#/components/securitySchemes/admin' }];

const serverOf = (protocol: string, port: string, description: string): object => ({
  host: '{host}:{port}',
  protocol,
  protocolVersion: '3.1.1',
  description,
  variables: { host: { default: '127.0.0.1', description: 'MQTT_HOST' }, port: { default: port, description: 'serve prints the real one' } },
  security: EITHER,
  bindings: { mqtt: { cleanSession: false, lastWill: WILL, keepAlive: 30, bindingVersion: BINDING } },
});
/** The same over the HTTP listener, for browsers. */
const WEBSOCKET = {
  host: '{host}:{port}',
  pathname: '/mqtt',
  protocol: 'ws',
  description:
    'MQTT 3.1.1 over WebSocket (subprotocol mqtt, binary frames) on the port of REST and the dashboard; wss behind a proxy that ends TLS. ' +
    'CONNECT authenticates as on the others; without a username it acts as the dashboard’s session, whose cookie came with the upgrade.',
  variables: { host: { default: '127.0.0.1', description: 'HTTP_HOST' }, port: { default: '8000', description: 'HTTP_PORT; serve prints the real one' } },
  security: [...EITHER, { $ref: '#/components/securitySchemes/session' }],
  bindings: { mqtt: { bindingVersion: BINDING } },
};
/** What an agent leaves behind at CONNECT. */
const WILL = { topic: 'agents/{name}/heartbeat', qos: 1, message: '{"status":"offline","session":"<session>"}', retain: true };

function channelOf(channel: MqttChannel): object {
  const parameters = [...channel.address.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => [name, { description: PARAMETERS[name] }]);
  const name = componentName(channel.message);
  return {
    address: channel.address,
    title: channel.summary,
    description: channel.description,
    ...(parameters.length === 0 ? {} : { parameters: Object.fromEntries(parameters) }),
    messages: { [name]: { $ref: `#/components/messages/${name}` } },
  };
}
const PARAMETERS: Readonly<Record<string, string>> = {
  name: 'The agent’s name, exactly as registered',
  task_id: 'The task’s id',
  thing: `What it is about: ${[...new Set(EVENT_KINDS.map((kind) => kind.split('.')[0]))].join(', ')}`,
  what: 'What happened to it, in the past tense',
};

function messageOf({ message, summary }: MqttChannel, schemas: Map<string, object>): object {
  const payload = EXAMPLES[message.$id];
  return {
    name: message.$id,
    title: message.$id,
    summary,
    contentType: 'application/json',
    payload: referring(message, schemas),
    examples: [{ name: message.$id, payload }],
  };
}

const operationId = (id: string, { from }: MqttChannel): string => (from === 'coordinator' ? `send_${id}` : `receive_${id}`);

function operationOf(id: string, channel: MqttChannel): object {
  const { from, summary, description, qos, retained, message } = channel;
  const isAnswered = from !== 'coordinator' && id !== 'heartbeat';
  return {
    action: from === 'coordinator' ? 'send' : 'receive',
    channel: { $ref: `#/channels/${id}` },
    title: summary,
    summary: from === 'main_agent' ? 'Main agents and the admin alone' : summary,
    description,
    security: EITHER,
    messages: [{ $ref: `#/channels/${id}/messages/${componentName(message)}` }],
    ...(isAnswered ? { reply: { channel: { $ref: '#/channels/reply' }, messages: [{ $ref: '#/channels/reply/messages/Reply' }] } } : {}),
    bindings: { mqtt: { qos, retain: retained, bindingVersion: BINDING } },
  };
}
