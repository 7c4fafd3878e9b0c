import type { Settings } from '#schemas/settings.ts';
import { loadConfig } from '#src/config.ts';
import type { Rest } from './rest.ts';
import type { Cli } from './verb.ts';

/** Addresses that a server listens on and nobody connects to. */
const ANY = ['0.0.0.0', '[::]', '::'];
const USUAL_PORT = 1883;

/** A new token, and the lines that connect with it. */
export async function credentials(cli: Cli, rest: Rest, name: string, token: string): Promise<string> {
  const login = `${await address(cli, rest)} -q 1 -u ${name} -P ${token}`;
  return [
    `Token (shown this once):  ${token}`,
    '',
    'Listen to its pings:',
    `  mosquitto_sub ${login} -t 'agents/${name}/#'`,
    'Acknowledge:',
    `  mosquitto_pub ${login} -t agents/${name}/ack -m '{}'`,
  ].join('\n');
}

/** `-h … -p …` of the broker as the server says it; where it does not, as this command's own configuration has it. */
async function address(cli: Cli, rest: Rest): Promise<string> {
  const settings = await rest.call<Settings>('GET', '/settings').catch(() => null);
  const url = settings?.broker.url ?? settings?.listeners.find((listener) => listener.name === 'mqtt')?.url;
  const { mqttHost, mqttPort } = loadConfig(cli.flags);
  const { hostname, port } = url === undefined ? { hostname: mqttHost, port: String(mqttPort || USUAL_PORT) } : new URL(url.replace(/^mqtts?:/, 'http:'));
  const host = ANY.includes(hostname) ? new URL(rest.base).hostname : hostname;
  return `-h ${host.replace(/^\[|\]$/g, '')} -p ${port || USUAL_PORT}`;
}
