import type { Command } from 'commander';
import { adminTokenFile } from '#src/admin-token.ts';
import type { App } from '#src/app.ts';
import { systemClock } from '#src/clock.ts';
import { type Config, loadConfig } from '#src/config.ts';
import { Failure, oneLine } from './failure.ts';
import { flagsHelp } from './flags.ts';
import { say, sayJson } from './output.ts';
import { type Cli, type JsonOption, verb } from './verb.ts';

/** Contract §7: exit within 10 s of a signal. */
const CLOSE_MS = 9_500;

/** `serve`: the coordinator, until SIGTERM or SIGINT. */
export function serveCommand(program: Command, cli: Cli): void {
  const serve = verb(program, 'serve', 'run the coordinator (what happens without any command)', [
    'serve',
    'serve --http-port 0 --mqtt-port 0 --data-dir /tmp/ping',
  ]);
  serve.addHelpText('after', flagsHelp()).action((options: JsonOption) => run(loadConfig(cli.flags), options.json === true));
}

async function run(config: Config, json: boolean): Promise<void> {
  refuseWhatIsNotBuilt(config);
  const clock = systemClock();
  const began = clock.monotonic();
  const signals = listenForSignals();
  const app = await started(config);
  announce(app, config, json, (clock.monotonic() - began) / 1000);
  await signals.first;
  const cancel = clock.after(CLOSE_MS, () => {
    process.stderr.write(`not closed within ${CLOSE_MS / 1000} s: leaving as a crash would, the next start recovers\n`);
    process.exit(1);
  });
  await app.close().finally(cancel);
}

/** The coordinator of this configuration. Throws what stands in the way; a port that is taken with the flag that chooses another. */
export async function started(config: Config): Promise<App> {
  const { startApp } = await import('#src/app.ts');
  return startApp(config).catch((error: unknown) => {
    throw portTaken(error, config) ?? error;
  });
}

/** Both ports may have been given the same number: then either flag helps. */
function portTaken(error: unknown, { httpPort, mqttPort, mqttsPort }: Config): Failure | null {
  if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE' && 'address' in error && 'port' in error)) return null;
  const ports = [['--http-port', httpPort] as const, ['--mqtt-port', mqttPort] as const, ['--mqtts-port', mqttsPort] as const];
  const flags = ports.filter(([, port]) => port === error.port).map(([flag]) => flag);
  return new Failure(`${error.address}:${error.port} is in use by another program: choose another with ${flags.join(' or ')} (0 takes a free one)`);
}

/** The first signal asks for an orderly end, also while still starting; a second one is obeyed at once. */
function listenForSignals(): { first: Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<void>();
  let asked = false;
  const asks = (): void => {
    if (asked) process.exit(1);
    asked = true;
    resolve();
  };
  process.on('SIGTERM', asks).on('SIGINT', asks);
  return { first: promise };
}

function announce(app: App, config: Config, json: boolean, seconds: number): void {
  const token = config.apiAuthToken === null ? adminTokenFile(config.dataDir) : 'API_AUTH_TOKEN';
  if (json) {
    for (const { name, url } of app.listeners) sayJson({ listener: name, url });
    return void sayJson({ ready: true, seconds, data_dir: config.dataDir, admin_token: token });
  }
  for (const { name, url } of app.listeners) say(`${name} ${url}`);
  const login = process.stdout.isTTY ? loginUrl(app) : null;
  say(`ready in ${seconds.toFixed(1)} s · data in ${config.dataDir} · admin token in ${token}`);
  if (login !== null) say(`open ${login} to log in (once, within ten minutes)`);
}

/** The dashboard's page with a login code: for a terminal, which is read by who started the server, never for a pipe or a log. */
function loginUrl(app: App): string | null {
  const http = app.listeners.find(({ name }) => name === 'http');
  if (http === undefined) return null;
  const url = new URL(http.url);
  if (['0.0.0.0', '[::]'].includes(url.hostname)) url.hostname = 'localhost';
  url.hash = `code=${app.newLoginCode()}`;
  return url.href;
}

function refuseWhatIsNotBuilt(config: Config): void {
  if (config.mqttUrl !== null)
    throw new Failure('MQTT_URL is set, and external brokers are not supported yet: unset it to use the embedded broker (MQTT_HOST, MQTT_PORT)');
  if (config.database.kind === 'postgresql')
    throw new Failure('DATABASE_URL names PostgreSQL, which is not supported yet: unset it to use an SQLite file in DATA_DIR');
}

/** A start that failed, as one line: what is in the way. */
export function startFailure(error: unknown): string {
  if (error instanceof Error && 'code' in error && error.code === 'EACCES' && 'port' in error)
    return `port ${error.port} is not ours to open: choose one above 1023`;
  if (error instanceof Error && 'hostname' in error)
    return `${error.hostname} is not an address of this machine: set MQTT_HOST and HTTP_HOST to a host name or an IP address without a port`;
  if (error instanceof Error && 'code' in error && error.code === 'EADDRNOTAVAIL' && 'address' in error)
    return `${error.address} is not an address of this machine: set MQTT_HOST and HTTP_HOST to one that is`;
  if (error instanceof Error && 'syscall' in error && error.syscall === 'mkdir' && 'path' in error)
    return `DATA_DIR: ${error.path} cannot be made a directory (${'code' in error ? error.code : error.message}): name a directory that can be written`;
  return oneLine(error);
}
