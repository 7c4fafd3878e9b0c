import { join, resolve } from 'node:path';
import type { Settings } from '#schemas/settings.ts';
import { type Config, DATABASE_FILE, withoutPassword } from './config.ts';
import { SECRET, VARIABLE_NAMES, VARIABLES, type VariableName } from './variables.ts';
import { version } from './version.ts';

type Value = string | number | boolean | readonly string[] | null;

/** What `GET /settings` shows: the configuration in effect, by the names of the variables; secrets only as being set. */
export function settingsOf(config: Config, listeners: Settings['listeners']): Settings {
  const { database, mqttUrl } = config;
  const location = database.kind === 'sqlite' ? database.file : withoutPassword(database.url);
  const url = mqttUrl === null ? null : withoutPassword(mqttUrl);
  // what was read, but paths and addresses as what they came to
  const values = { ...config.values, DATA_DIR: config.dataDir, DATABASE_URL: location, MQTT_URL: url, TLS_CERT: config.tlsCert, TLS_KEY: config.tlsKey };
  return {
    version: version(),
    broker: { kind: url === null ? 'embedded' : 'external', url },
    database: { kind: database.kind, location },
    listeners: [...listeners],
    settings: VARIABLE_NAMES.map((name) => {
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
