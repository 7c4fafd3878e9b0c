import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import type { Policy } from '#domain/policy.ts';
import type { Database } from '#storage/options.ts';
import { SECRET, VARIABLES, type Values, type VariableName } from './variables.ts';

/** A start that cannot be: `message` is one line with the variable, its value (masked where secret) and what is allowed. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** Everything that can be set, typed; units in the names. */
export interface Config {
  /** Absolute. */
  readonly dataDir: string;
  readonly database: Database;
  /** Null: the embedded broker. */
  readonly mqttUrl: string | null;
  readonly mqttUsername: string | null;
  readonly mqttPassword: string | null;
  readonly mqttHost: string;
  /** 0 takes a free one. */
  readonly mqttPort: number;
  /** Null: no TLS listener. 0 takes a free one. */
  readonly mqttsPort: number | null;
  /** Absolute paths of PEM files; both set whenever mqttsPort is. */
  readonly tlsCert: string | null;
  readonly tlsKey: string | null;
  readonly httpHost: string;
  readonly httpPort: number;
  /** Names and addresses, without ports, that a request may name as its Host beside our own. */
  readonly httpAllowedHosts: readonly string[];
  /** Null: made at first start, see admin-token.ts. */
  readonly apiAuthToken: string | null;
  readonly maxPayloadBytes: number;
  /** Per agent; 0: no limit. */
  readonly maxCommandsPerSecond: number;
  readonly allowPrivateEndpoints: boolean;
  /** The scheme and the address of a request are those that a reverse proxy says. */
  readonly trustProxy: boolean;
  /** Events, pings of closed assignments, notifications that were read; 0: for ever. */
  readonly eventRetentionDays: number;
  readonly metricsAgentLabels: boolean;
  readonly logLevel: Values['LOG_LEVEL'];
  readonly policy: Policy;
}

/** The name of the SQLite file in DATA_DIR when DATABASE_URL is not set. */
export const DATABASE_FILE = 'ping-system.sqlite';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads flags (by variable name, see cli/flags.ts), then the environment, then `.env` in `cwd`, then the defaults.
 * An empty value counts as not set. Throws ConfigError.
 */
export function loadConfig(flags: Environment = {}, env: Environment = process.env, cwd: string = process.cwd()): Config {
  const sources = [flags, env, dotEnv(cwd)];
  const read = <N extends VariableName>(name: N): Values[N] => readVariable(name, sources);
  const dataDir = resolve(cwd, read('DATA_DIR'));
  const path = (file: string | null): string | null => (file === null ? null : resolve(cwd, file));
  const config: Config = {
    dataDir,
    database: databaseOf(read('DATABASE_URL'), dataDir, cwd),
    mqttUrl: read('MQTT_URL'),
    mqttUsername: read('MQTT_USERNAME'),
    mqttPassword: read('MQTT_PASSWORD'),
    mqttHost: read('MQTT_HOST'),
    mqttPort: read('MQTT_PORT'),
    mqttsPort: read('MQTTS_PORT'),
    tlsCert: path(read('TLS_CERT')),
    tlsKey: path(read('TLS_KEY')),
    httpHost: read('HTTP_HOST'),
    httpPort: read('HTTP_PORT'),
    httpAllowedHosts: read('HTTP_ALLOWED_HOSTS') ?? [],
    apiAuthToken: read('API_AUTH_TOKEN'),
    maxPayloadBytes: read('MAX_PAYLOAD_BYTES'),
    maxCommandsPerSecond: read('MAX_COMMANDS_PER_SECOND'),
    allowPrivateEndpoints: read('ALLOW_PRIVATE_ENDPOINTS'),
    trustProxy: read('TRUST_PROXY'),
    eventRetentionDays: read('EVENT_RETENTION_DAYS'),
    metricsAgentLabels: read('METRICS_AGENT_LABELS'),
    logLevel: read('LOG_LEVEL'),
    policy: policyOf(read),
  };
  checkTls(config);
  return config;
}

function policyOf(read: <N extends VariableName>(name: N) => Values[N]): Policy {
  return {
    defaultPingIntervalMinutes: read('DEFAULT_PING_INTERVAL_MINUTES'),
    defaultAgentTimeoutMinutes: read('DEFAULT_AGENT_TIMEOUT_MINUTES'),
    rutoTimeoutMinutes: read('RUTO_TIMEOUT_MINUTES'),
    maxEscalationAttempts: read('MAX_ESCALATION_ATTEMPTS'),
    escalationChain: read('ESCALATION_CHAIN'),
    maxWaitMinutes: read('MAX_WAIT_MINUTES'),
    heartbeatMisses: read('HEARTBEAT_MISSES'),
    defaultHeartbeatSeconds: read('DEFAULT_HEARTBEAT_SECONDS'),
    offlineGraceSeconds: read('OFFLINE_GRACE_SECONDS'),
    massStalePercent: read('MASS_STALE_PERCENT'),
    massStaleGraceSeconds: read('MASS_STALE_GRACE_SECONDS'),
    restartGraceSeconds: read('RESTART_GRACE_SECONDS'),
    maxSnoozeMinutes: read('MAX_SNOOZE_MINUTES'),
    maxSnoozes: read('MAX_SNOOZES'),
    maxBusyMinutes: read('MAX_BUSY_MINUTES'),
  };
}

function dotEnv(cwd: string): Environment {
  const file = join(cwd, '.env');
  if (!existsSync(file)) return {};
  try {
    return parseEnv(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new ConfigError(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** The first source that says something wins; within a source the variable's own name wins over its old one. */
function readVariable<N extends VariableName>(name: N, sources: readonly Environment[]): Values[N] {
  const variable = VARIABLES[name];
  const names: string[] = 'old' in variable ? [name, variable.old] : [name];
  for (const source of sources) {
    for (const used of names) {
      const text = source[used]?.trim();
      if (text === undefined || text === '') continue;
      const value = variable.read(text);
      if (value === undefined) throw new ConfigError(`${used}=${shown(name, text)} is not allowed: ${variable.allowed}`);
      return value as Values[N]; // Values[N] is what this variable's own `read` gives
    }
  }
  return variable.default as Values[N]; // likewise
}

/** The URL, or any text, with `***` for the password in it, and for what a query may say, which may be a password too. */
export const withoutPassword = (text: string): string => text.replace(/(:\/\/[^:/@\s]*):[^/\s]*@/, '$1:***@').replace(/(:\/\/[^?\s]*\?)\S+/, '$1***');

/** A value fit for one line of a log: secrets masked, control characters escaped, at most 100 characters. */
function shown(name: VariableName, text: string): string {
  if (SECRET.includes(name)) return '***';
  const open = withoutPassword(text);
  const short = open.length > 100 ? `${open.slice(0, 100)}…` : open;
  return /^[\w.,:/@*-]+…?$/.test(short) ? short : JSON.stringify(short);
}

function databaseOf(url: string | null, dataDir: string, cwd: string): Database {
  if (url === null) return { kind: 'sqlite', file: join(dataDir, DATABASE_FILE) };
  if (/^postgres(ql)?:\/\//.test(url)) return { kind: 'postgresql', url };
  return { kind: 'sqlite', file: resolve(cwd, url.replace(/^(sqlite|file):(\/\/)?/, '')) };
}

function checkTls(config: Config): void {
  if (config.mqttsPort === null) return;
  for (const [name, file] of [
    ['TLS_CERT', config.tlsCert],
    ['TLS_KEY', config.tlsKey],
  ] as const) {
    if (file === null) throw new ConfigError(`${name} is not set: MQTTS_PORT=${config.mqttsPort} needs both TLS_CERT and TLS_KEY, each the path of a PEM file`);
    if (!existsSync(file)) throw new ConfigError(`${name}=${shown(name, file)} is not allowed: the path of a PEM file that exists`);
  }
}
