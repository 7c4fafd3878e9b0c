import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import type { Policy } from '#domain/policy.ts';
import type { Database } from '#storage/options.ts';
import { SECRET, VARIABLE_NAMES, VARIABLES, type Values, type VariableName } from './variables.ts';

/** A start that cannot be: `message` is one line with the variable, its value (masked where secret) and what is allowed. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** Everything that can be set, typed; units in the names. */
export interface Config {
  /** What was read, by the names of the variables, for those who show it. */
  readonly values: Values;
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
  const values = Object.fromEntries(VARIABLE_NAMES.map((name) => [name, readVariable(name, sources)])) as Values; // as: each is read by its own name
  const dataDir = resolve(cwd, values.DATA_DIR);
  const path = (file: string | null): string | null => (file === null ? null : resolve(cwd, file));
  const config: Config = {
    values,
    dataDir,
    database: databaseOf(values.DATABASE_URL, dataDir, cwd),
    mqttUrl: values.MQTT_URL,
    mqttUsername: values.MQTT_USERNAME,
    mqttPassword: values.MQTT_PASSWORD,
    mqttHost: values.MQTT_HOST,
    mqttPort: values.MQTT_PORT,
    mqttsPort: values.MQTTS_PORT,
    tlsCert: path(values.TLS_CERT),
    tlsKey: path(values.TLS_KEY),
    httpHost: values.HTTP_HOST,
    httpPort: values.HTTP_PORT,
    httpAllowedHosts: values.HTTP_ALLOWED_HOSTS ?? [],
    apiAuthToken: values.API_AUTH_TOKEN,
    maxPayloadBytes: values.MAX_PAYLOAD_BYTES,
    maxCommandsPerSecond: values.MAX_COMMANDS_PER_SECOND,
    allowPrivateEndpoints: values.ALLOW_PRIVATE_ENDPOINTS,
    trustProxy: values.TRUST_PROXY,
    eventRetentionDays: values.EVENT_RETENTION_DAYS,
    metricsAgentLabels: values.METRICS_AGENT_LABELS,
    logLevel: values.LOG_LEVEL,
    policy: policyOf(values),
  };
  checkTls(config);
  return config;
}

const policyOf = (values: Values): Policy => ({
  defaultPingIntervalMinutes: values.DEFAULT_PING_INTERVAL_MINUTES,
  defaultAgentTimeoutMinutes: values.DEFAULT_AGENT_TIMEOUT_MINUTES,
  rutoTimeoutMinutes: values.RUTO_TIMEOUT_MINUTES,
  maxEscalationAttempts: values.MAX_ESCALATION_ATTEMPTS,
  escalationChain: values.ESCALATION_CHAIN,
  maxWaitMinutes: values.MAX_WAIT_MINUTES,
  heartbeatMisses: values.HEARTBEAT_MISSES,
  defaultHeartbeatSeconds: values.DEFAULT_HEARTBEAT_SECONDS,
  offlineGraceSeconds: values.OFFLINE_GRACE_SECONDS,
  massStalePercent: values.MASS_STALE_PERCENT,
  massStaleGraceSeconds: values.MASS_STALE_GRACE_SECONDS,
  restartGraceSeconds: values.RESTART_GRACE_SECONDS,
  maxSnoozeMinutes: values.MAX_SNOOZE_MINUTES,
  maxSnoozes: values.MAX_SNOOZES,
  maxBusyMinutes: values.MAX_BUSY_MINUTES,
});

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
      return value as Values[N]; // as: it is what this variable's own `read` gives
    }
  }
  return variable.default as Values[N]; // as: likewise
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
