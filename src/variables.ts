import { isIP } from 'node:net';
import Type, { type Static, type TSchema } from 'typebox';
import { AgentName } from '#schemas/scalars.ts';
import { parser } from '#schemas/validator.ts';

/** Every variable of contract §6 once: how its text is read, its default, what is allowed (for the error line and `--help`). */
interface Variable<T> {
  /** The value, or undefined where the text is not allowed. */
  readonly read: (text: string) => T | undefined;
  readonly default: T;
  readonly allowed: string;
  readonly about: string;
}

/** Its values are of the type that is said: wider than that of its default. */
const variable = <T>(of: Variable<T>): Variable<T> => of;

/** A year; longer than anything waits here. */
const YEAR_MINUTES = 525_600;
const YEAR_SECONDS = YEAR_MINUTES * 60;

function checked<T extends TSchema>(schema: T, from: (text: string) => unknown): (text: string) => Static<T> | undefined {
  const parse = parser(schema);
  return (text) => {
    const parsed = parse(from(text));
    return parsed.ok ? parsed.value : undefined;
  };
}

/** Plain decimals only: no hex, no exponent, no Infinity. */
const decimal = (text: string): number | undefined => (/^[+-]?(\d+\.?\d*|\.\d+)$/.test(text) ? Number(text) : undefined);

function number(fallback: number, minimum: number, maximum: number, unit: string, about: string): Variable<number> {
  const read = checked(Type.Number({ minimum, maximum }), decimal);
  return { read, default: fallback, allowed: `a number of ${unit} from ${minimum} to ${maximum}, fractions allowed`, about };
}
const minutes = (fallback: number, about: string): Variable<number> => number(fallback, 0.005, YEAR_MINUTES, 'minutes', about);
const seconds = (fallback: number, about: string, minimum = 0, maximum = YEAR_SECONDS): Variable<number> =>
  number(fallback, minimum, maximum, 'seconds', about);

function whole(fallback: number, minimum: number, maximum: number, about: string): Variable<number> {
  return { read: checked(Type.Integer({ minimum, maximum }), decimal), default: fallback, allowed: `a whole number from ${minimum} to ${maximum}`, about };
}

const readPort = checked(Type.Integer({ minimum: 0, maximum: 65_535 }), decimal);
const portAllowed = 'a port from 0 to 65535 (0 takes a free one)';
const port = (fallback: number, about: string): Variable<number> => ({ read: readPort, default: fallback, allowed: portAllowed, about });

function text(pattern: string, maxLength: number): (text: string) => string | undefined {
  return checked(Type.String({ pattern, maxLength }), (raw) => raw);
}
const path = (about: string): Variable<string | null> => ({ read: text('^[^\\u0000]+$', 4096), default: null, allowed: 'the path of a file', about });
const host = (about: string): Variable<string> => ({
  read: text('^[A-Za-z0-9.:_%-]+$', 255),
  default: '127.0.0.1',
  allowed: 'a host name or an IP address without a port',
  about,
});

const readHosts = checked(Type.Array(Type.String({ maxLength: 253 }), { maxItems: 64 }), (raw) => raw.split(',').map((name) => name.trim()));
const hosts = (raw: string): string[] | undefined => {
  const list = readHosts(raw);
  return list?.every((name) => /^\w[\w.-]*$/.test(name) || isIP(name.replace(/^\[(.*)\]$/, '$1')) === 6) === true ? list : undefined;
};

const BOOLEANS: Readonly<Record<string, boolean>> = { true: true, false: false, '1': true, '0': false, yes: true, no: false, on: true, off: false };
const boolean = (about: string): Variable<boolean> => ({ read: (raw) => BOOLEANS[raw.toLowerCase()], default: false, allowed: 'true or false', about });

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
const level = checked(Type.Enum([...LOG_LEVELS]), (raw) => raw.toLowerCase());
const readNames = checked(Type.Array(AgentName, { minItems: 1, maxItems: 32 }), (raw) => raw.split(',').map((name) => name.trim()));
/** Names are unique without regard to case. */
const names = (raw: string): string[] | undefined => {
  const list = readNames(raw);
  return list !== undefined && new Set(list.map((name) => name.toLowerCase())).size === list.length ? list : undefined;
};

export const VARIABLES = {
  DATA_DIR: variable<string>({ read: text('^[^\\u0000]+$', 4096), default: './data', allowed: 'the path of a directory', about: 'where everything is kept' }),
  DATABASE_URL: variable<string | null>({
    read: text('^(postgres(ql)?://\\S+|(sqlite|file):[^\\u0000]+|(?![A-Za-z][A-Za-z0-9+.-]+:)[^\\u0000]+)$', 4096),
    default: null,
    allowed: 'the path of an SQLite file, or postgresql://user:password@host:port/database',
    about: 'default: an SQLite file in DATA_DIR',
  }),
  MQTT_URL: variable<string | null>({
    read: text('^mqtts?://[^\\s/]+/?$', 2048),
    default: null,
    allowed: 'mqtt://host:port or mqtts://host:port',
    about: 'an external broker; default: the embedded one',
  }),
  MQTT_USERNAME: variable<string | null>({ read: text('^.+$', 1024), default: null, allowed: 'up to 1024 characters', about: 'for the external broker' }),
  MQTT_PASSWORD: variable<string | null>({ read: text('^.+$', 1024), default: null, allowed: 'up to 1024 characters', about: 'for the external broker' }),
  MQTT_HOST: host('the address the embedded broker listens on'),
  MQTT_PORT: port(1883, 'its port'),
  MQTTS_PORT: variable<number | null>({ read: readPort, default: null, allowed: portAllowed, about: 'its TLS port; default: no TLS' }),
  TLS_CERT: path('PEM file with the certificate chain, for MQTTS_PORT'),
  TLS_KEY: path('PEM file with the private key, for MQTTS_PORT'),
  HTTP_HOST: host('the address REST and the dashboard listen on'),
  HTTP_PORT: port(8000, 'their port'),
  HTTP_ALLOWED_HOSTS: variable<string[] | null>({
    read: hosts,
    default: null,
    allowed: 'up to 64 host names or IP addresses without ports, separated by commas',
    about: "names a request may ask for (Host) beside this machine's own; others get 421. Beyond loopback probes may use any",
  }),
  API_AUTH_TOKEN: variable<string | null>({
    read: text('^[!-~]{8,512}$', 512),
    default: null,
    allowed: '8 to 512 visible ASCII characters without spaces',
    about: 'the admin token; default: made at first start, kept in DATA_DIR/admin-token',
  }),
  DEFAULT_PING_INTERVAL_MINUTES: minutes(30, 'between reminders'),
  DEFAULT_AGENT_TIMEOUT_MINUTES: { ...minutes(30, 'for an agent to answer'), old: 'SUB_AGENT_TIMEOUT_MINUTES' },
  RUTO_TIMEOUT_MINUTES: minutes(60, 'for Ruto to answer'),
  MAX_ESCALATION_ATTEMPTS: whole(3, 0, 1000, 'before a person is needed'),
  ESCALATION_CHAIN: variable<string[]>({
    read: names,
    default: ['Ruto'],
    allowed: 'up to 32 different agent names, separated by commas',
    about: 'who takes over, in order',
  }),
  MAX_WAIT_MINUTES: minutes(30, 'queued before people are told'),
  HEARTBEAT_MISSES: number(3, 1, 1000, 'intervals', 'without a heartbeat before an agent is stale'),
  DEFAULT_HEARTBEAT_SECONDS: seconds(30, 'the interval of heartbeats that name none', 1, 3600),
  OFFLINE_GRACE_SECONDS: seconds(10, 'for a dropped agent to come back'),
  MASS_STALE_PERCENT: number(50, 0, 100, 'percent', 'of the fleet silent at once is one event'),
  MASS_STALE_GRACE_SECONDS: seconds(120, 'before a mass-stale fleet escalates'),
  RESTART_GRACE_SECONDS: seconds(30, 'every deadline gains after an outage'),
  MAX_SNOOZE_MINUTES: minutes(1440, 'of one snooze at most'),
  MAX_SNOOZES: whole(5, 0, 10_000, 'without an ack between'),
  MAX_BUSY_MINUTES: minutes(240, 'busy_until may lie ahead'),
  MAX_PAYLOAD_BYTES: whole(65_536, 64, 16_777_216, 'bytes of one message or request'),
  MAX_COMMANDS_PER_SECOND: whole(500, 0, 1_000_000, 'of one agent (0: no limit)'),
  ALLOW_PRIVATE_ENDPOINTS: boolean('webhooks may go to private addresses'),
  EVENT_RETENTION_DAYS: whole(90, 0, 36_500, 'events are kept (0: for ever); figures 400 days'),
  TRUST_PROXY: boolean(
    'a reverse proxy is in front, and alone reaches HTTP_PORT: its X-Forwarded-Proto and -For are believed, any Host is ours unless HTTP_ALLOWED_HOSTS says which',
  ),
  METRICS_AGENT_LABELS: boolean("agents' names are labels of metrics"),
  LOG_LEVEL: variable<(typeof LOG_LEVELS)[number]>({ read: level, default: 'info', allowed: LOG_LEVELS.join(', '), about: LOG_LEVELS.join(', ') }),
} as const;

export type VariableName = keyof typeof VARIABLES;
export const VARIABLE_NAMES = Object.keys(VARIABLES) as VariableName[]; // as: the keys of a constant
export type Values = { [N in VariableName]: (typeof VARIABLES)[N]['default'] };

/** Never shown, not even when wrong. */
export const SECRET: readonly VariableName[] = ['API_AUTH_TOKEN', 'MQTT_PASSWORD'];

/** All names by which a variable can be set, old ones too. */
export const FLAG_NAMES: readonly string[] = Object.entries(VARIABLES).flatMap(([name, of]) => ('old' in of ? [name, of.old] : [name]));
/** Those whose flag needs no value. */
export const SWITCHES: readonly string[] = Object.entries(VARIABLES).flatMap(([name, of]) => (typeof of.default === 'boolean' ? [name] : []));
