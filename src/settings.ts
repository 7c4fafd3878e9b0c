import { join, resolve } from 'node:path';
import type { Settings } from '#schemas/settings.ts';
import { type Config, DATABASE_FILE, withoutPassword } from './config.ts';
import { SECRET, VARIABLES, type VariableName } from './variables.ts';
import { version } from './version.ts';

type Value = string | number | boolean | readonly string[] | null;

/** What `GET /settings` shows: the configuration in effect, by the names of the variables; secrets only as being set. */
export function settingsOf(config: Config, listeners: Settings['listeners']): Settings {
  const { database, mqttUrl } = config;
  const location = database.kind === 'sqlite' ? database.file : withoutPassword(database.url);
  const values = valuesOf(config, location);
  const names = Object.keys(VARIABLES) as VariableName[]; // as: the keys of a constant
  return {
    version: version(),
    broker: { kind: mqttUrl === null ? 'embedded' : 'external', url: mqttUrl === null ? null : withoutPassword(mqttUrl) },
    database: { kind: database.kind, location },
    listeners: [...listeners],
    settings: names.map((name) => {
      const { about, allowed } = VARIABLES[name];
      const value = values[name];
      return { name, value: shownValue(name, value), is_default: isDefault(name, value, config), about, allowed };
    }),
  };
}

function shownValue(name: VariableName, value: Value): string | null {
  if (value === null) return null;
  if (SECRET.includes(name)) return '***';
  return Array.isArray(value) ? value.join(',') : String(value);
}

/** DATA_DIR and DATABASE_URL are shown as what they came to, which the default says in other words. */
function isDefault(name: VariableName, value: Value, { dataDir }: Config): boolean {
  if (name === 'DATA_DIR') return value === resolve(VARIABLES.DATA_DIR.default);
  if (name === 'DATABASE_URL') return value === join(dataDir, DATABASE_FILE);
  const fallback: Value = VARIABLES[name].default;
  return Array.isArray(fallback) && Array.isArray(value) ? fallback.join(',') === value.join(',') : fallback === value;
}

function valuesOf(config: Config, location: string): Record<VariableName, Value> {
  const { policy } = config;
  return {
    DATA_DIR: config.dataDir,
    DATABASE_URL: location,
    MQTT_URL: config.mqttUrl === null ? null : withoutPassword(config.mqttUrl),
    MQTT_USERNAME: config.mqttUsername,
    MQTT_PASSWORD: config.mqttPassword,
    MQTT_HOST: config.mqttHost,
    MQTT_PORT: config.mqttPort,
    MQTTS_PORT: config.mqttsPort,
    TLS_CERT: config.tlsCert,
    TLS_KEY: config.tlsKey,
    HTTP_HOST: config.httpHost,
    HTTP_PORT: config.httpPort,
    HTTP_ALLOWED_HOSTS: config.httpAllowedHosts.length === 0 ? null : config.httpAllowedHosts,
    API_AUTH_TOKEN: config.apiAuthToken,
    DEFAULT_PING_INTERVAL_MINUTES: policy.defaultPingIntervalMinutes,
    DEFAULT_AGENT_TIMEOUT_MINUTES: policy.defaultAgentTimeoutMinutes,
    RUTO_TIMEOUT_MINUTES: policy.rutoTimeoutMinutes,
    MAX_ESCALATION_ATTEMPTS: policy.maxEscalationAttempts,
    ESCALATION_CHAIN: policy.escalationChain,
    MAX_WAIT_MINUTES: policy.maxWaitMinutes,
    HEARTBEAT_MISSES: policy.heartbeatMisses,
    DEFAULT_HEARTBEAT_SECONDS: policy.defaultHeartbeatSeconds,
    OFFLINE_GRACE_SECONDS: policy.offlineGraceSeconds,
    MASS_STALE_PERCENT: policy.massStalePercent,
    MASS_STALE_GRACE_SECONDS: policy.massStaleGraceSeconds,
    RESTART_GRACE_SECONDS: policy.restartGraceSeconds,
    MAX_SNOOZE_MINUTES: policy.maxSnoozeMinutes,
    MAX_SNOOZES: policy.maxSnoozes,
    MAX_BUSY_MINUTES: policy.maxBusyMinutes,
    MAX_PAYLOAD_BYTES: config.maxPayloadBytes,
    MAX_COMMANDS_PER_SECOND: config.maxCommandsPerSecond,
    ALLOW_PRIVATE_ENDPOINTS: config.allowPrivateEndpoints,
    EVENT_RETENTION_DAYS: config.eventRetentionDays,
    TRUST_PROXY: config.trustProxy,
    METRICS_AGENT_LABELS: config.metricsAgentLabels,
    LOG_LEVEL: config.logLevel,
  };
}
