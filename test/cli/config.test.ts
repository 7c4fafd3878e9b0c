import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { takeFlags } from '#cli/flags.ts';
import { type Config, ConfigError, loadConfig } from '#src/config.ts';
import { VARIABLES } from '#src/variables.ts';

let cwd: string;
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'ping-config-'));
});
afterEach(() => rm(cwd, { recursive: true }));

const refusal = (env: Record<string, string>, flags: Record<string, string> = {}): string => {
  try {
    loadConfig(flags, env, cwd);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error(`${JSON.stringify(env)} was accepted`);
};

/** Per variable: where it lands, its default (contract §6), values that are taken and what they become, values that are refused. */
const CASES: Record<keyof typeof VARIABLES, { of: (c: Config) => unknown; standard: unknown; good: [string, unknown][]; bad: string[] }> = {
  DATA_DIR: {
    of: (c) => c.dataDir,
    standard: '<cwd>/data',
    good: [
      ['x/y', '<cwd>/x/y'],
      ['/srv/ping', '/srv/ping'],
    ],
    bad: ['a\u0000b'],
  },
  DATABASE_URL: {
    of: (c) => c.database,
    standard: { kind: 'sqlite', file: '<cwd>/data/ping-system.sqlite' },
    good: [
      ['other.db', { kind: 'sqlite', file: '<cwd>/other.db' }],
      ['sqlite:///tmp/a.db', { kind: 'sqlite', file: '/tmp/a.db' }],
      ['file:a.db', { kind: 'sqlite', file: '<cwd>/a.db' }],
      ['postgresql://u:p@h/d', { kind: 'postgresql', url: 'postgresql://u:p@h/d' }],
    ],
    bad: ['mysql://u:p@h/d'],
  },
  MQTT_URL: {
    of: (c) => c.mqttUrl,
    standard: null,
    good: [
      ['mqtt://broker:1883', 'mqtt://broker:1883'],
      ['mqtts://broker', 'mqtts://broker'],
    ],
    bad: ['http://broker', 'broker:1883'],
  },
  MQTT_USERNAME: { of: (c) => c.mqttUsername, standard: null, good: [['me', 'me']], bad: ['x'.repeat(1025)] },
  MQTT_PASSWORD: { of: (c) => c.mqttPassword, standard: null, good: [['secret word', 'secret word']], bad: ['x'.repeat(1025)] },
  MQTT_HOST: {
    of: (c) => c.mqttHost,
    standard: '127.0.0.1',
    good: [
      ['0.0.0.0', '0.0.0.0'],
      ['::1', '::1'],
    ],
    bad: ['http://x', 'two words'],
  },
  MQTT_PORT: {
    of: (c) => c.mqttPort,
    standard: 1883,
    good: [
      ['0', 0],
      ['65535', 65535],
    ],
    bad: ['abc', '-1', '65536', '1.5', '0x10', '1e3'],
  },
  MQTTS_PORT: { of: (c) => c.mqttsPort, standard: null, good: [], bad: ['abc', '70000'] },
  TLS_CERT: { of: (c) => c.tlsCert, standard: null, good: [['cert.pem', '<cwd>/cert.pem']], bad: ['a\u0000b'] },
  TLS_KEY: { of: (c) => c.tlsKey, standard: null, good: [['key.pem', '<cwd>/key.pem']], bad: ['a\u0000b'] },
  HTTP_HOST: { of: (c) => c.httpHost, standard: '127.0.0.1', good: [['localhost', 'localhost']], bad: ['a/b'] },
  HTTP_PORT: {
    of: (c) => c.httpPort,
    standard: 8000,
    good: [
      ['0', 0],
      ['9000', 9000],
    ],
    bad: ['eight', '65536'],
  },
  HTTP_ALLOWED_HOSTS: {
    of: (c) => c.httpAllowedHosts,
    standard: [],
    good: [
      ['ping.example.com', ['ping.example.com']],
      ['ping.example.com, 192.0.2.7 ,[2001:db8::7],2001:db8::8', ['ping.example.com', '192.0.2.7', '[2001:db8::7]', '2001:db8::8']],
    ],
    bad: ['ping.example.com:8000', 'abc:80', 'http://ping.example.com', 'a,,b', '*', 'two words'],
  },
  API_AUTH_TOKEN: { of: (c) => c.apiAuthToken, standard: null, good: [['long-enough', 'long-enough']], bad: ['short', 'with a space in it', 'ünïcödëd'] },
  DEFAULT_PING_INTERVAL_MINUTES: {
    of: (c) => c.policy.defaultPingIntervalMinutes,
    standard: 30,
    good: [['0.05', 0.05]],
    bad: ['0', '-1', 'soon', '1e9', 'NaN'],
  },
  DEFAULT_AGENT_TIMEOUT_MINUTES: {
    of: (c) => c.policy.defaultAgentTimeoutMinutes,
    standard: 30,
    good: [
      ['0.5', 0.5],
      ['90', 90],
    ],
    bad: ['0', 'Infinity'],
  },
  RUTO_TIMEOUT_MINUTES: { of: (c) => c.policy.rutoTimeoutMinutes, standard: 60, good: [['.5', 0.5]], bad: ['0'] },
  MAX_ESCALATION_ATTEMPTS: {
    of: (c) => c.policy.maxEscalationAttempts,
    standard: 3,
    good: [
      ['0', 0],
      ['10', 10],
    ],
    bad: ['-1', '1.5', 'many'],
  },
  ESCALATION_CHAIN: {
    of: (c) => c.policy.escalationChain,
    standard: ['Ruto'],
    good: [
      ['bob', ['bob']],
      ['bob, carol ,Ruto', ['bob', 'carol', 'Ruto']],
    ],
    bad: ['bob,,carol', 'bob,bob', 'not a name', 'admin'],
  },
  MAX_WAIT_MINUTES: { of: (c) => c.policy.maxWaitMinutes, standard: 30, good: [['1', 1]], bad: ['0'] },
  HEARTBEAT_MISSES: { of: (c) => c.policy.heartbeatMisses, standard: 3, good: [['2.5', 2.5]], bad: ['0', '0.5'] },
  DEFAULT_HEARTBEAT_SECONDS: { of: (c) => c.policy.defaultHeartbeatSeconds, standard: 30, good: [['1.5', 1.5]], bad: ['0.5', '3601'] },
  OFFLINE_GRACE_SECONDS: {
    of: (c) => c.policy.offlineGraceSeconds,
    standard: 10,
    good: [
      ['0', 0],
      ['0.5', 0.5],
    ],
    bad: ['-1'],
  },
  MASS_STALE_PERCENT: {
    of: (c) => c.policy.massStalePercent,
    standard: 50,
    good: [
      ['0', 0],
      ['100', 100],
    ],
    bad: ['101', '-1', '50%'],
  },
  MASS_STALE_GRACE_SECONDS: { of: (c) => c.policy.massStaleGraceSeconds, standard: 120, good: [['1', 1]], bad: ['-1'] },
  RESTART_GRACE_SECONDS: { of: (c) => c.policy.restartGraceSeconds, standard: 30, good: [['0', 0]], bad: ['-0.1'] },
  MAX_SNOOZE_MINUTES: { of: (c) => c.policy.maxSnoozeMinutes, standard: 1440, good: [['60', 60]], bad: ['0'] },
  MAX_SNOOZES: { of: (c) => c.policy.maxSnoozes, standard: 5, good: [['0', 0]], bad: ['1.5', '-1'] },
  MAX_BUSY_MINUTES: { of: (c) => c.policy.maxBusyMinutes, standard: 240, good: [['1', 1]], bad: ['0'] },
  MAX_PAYLOAD_BYTES: { of: (c) => c.maxPayloadBytes, standard: 65536, good: [['1024', 1024]], bad: ['0', '1.5', '1GB'] },
  MAX_COMMANDS_PER_SECOND: { of: (c) => c.maxCommandsPerSecond, standard: 500, good: [['0', 0]], bad: ['-1'] },
  ALLOW_PRIVATE_ENDPOINTS: {
    of: (c) => c.allowPrivateEndpoints,
    standard: false,
    good: [
      ['true', true],
      ['0', false],
      ['Yes', true],
    ],
    bad: ['maybe', '2'],
  },
  EVENT_RETENTION_DAYS: {
    of: (c) => c.eventRetentionDays,
    standard: 90,
    good: [
      ['0', 0],
      ['400', 400],
    ],
    bad: ['-1', '0.5', 'ever'],
  },
  TRUST_PROXY: {
    of: (c) => c.trustProxy,
    standard: false,
    good: [
      ['true', true],
      ['no', false],
    ],
    bad: ['nginx'],
  },
  METRICS_AGENT_LABELS: {
    of: (c) => c.metricsAgentLabels,
    standard: false,
    good: [
      ['true', true],
      ['off', false],
    ],
    bad: ['some'],
  },
  LOG_LEVEL: {
    of: (c) => c.logLevel,
    standard: 'info',
    good: [
      ['debug', 'debug'],
      ['WARN', 'warn'],
      ['silent', 'silent'],
    ],
    bad: ['loud', 'info\nnext line'],
  },
};

const inCwd = (value: unknown): unknown => JSON.parse(JSON.stringify(value).replaceAll('<cwd>', cwd));

describe.each(Object.entries(CASES))('%s', (name, { of, standard, good, bad }) => {
  test('has its default, also when set to nothing', () => {
    expect(of(loadConfig({}, {}, cwd))).toEqual(inCwd(standard));
    expect(of(loadConfig({}, { [name]: '' }, cwd))).toEqual(inCwd(standard));
  });

  test('takes what is allowed, from the environment and as a flag', () => {
    for (const [text, value] of good) {
      expect(of(loadConfig({}, { [name]: text }, cwd))).toEqual(inCwd(value));
      expect(of(loadConfig(takeFlags([`--${name.toLowerCase().replaceAll('_', '-')}`, text]).flags, {}, cwd))).toEqual(inCwd(value));
    }
  });

  test('stops the start with one line: the variable, the value, what is allowed', () => {
    expect(bad.length).toBeGreaterThan(0);
    for (const text of bad) {
      const line = refusal({ [name]: text });
      expect(line.split('\n')).toHaveLength(1);
      expect(line.startsWith(`${name}=`)).toBe(true);
      expect(line).toContain(VARIABLES[name as keyof typeof VARIABLES].allowed); // as: CASES has its keys
      if (!['API_AUTH_TOKEN', 'MQTT_PASSWORD'].includes(name) && /^[\w.-]{1,20}$/.test(text)) expect(line).toContain(text);
    }
  });
});

test('a flag wins over the environment, that over .env, that over the default', async () => {
  await writeFile(join(cwd, '.env'), '# ours\nHTTP_PORT=1001\nMQTT_PORT="1002"\nMAX_SNOOZES=3\n');
  const config = loadConfig({ HTTP_PORT: '3001' }, { HTTP_PORT: '2001', MQTT_PORT: '2002' }, cwd);
  expect([config.httpPort, config.mqttPort, config.policy.maxSnoozes, config.policy.maxBusyMinutes]).toEqual([3001, 2002, 3, 240]);
});

test('a wrong value in .env is refused like any other', async () => {
  await writeFile(join(cwd, '.env'), 'HTTP_PORT=nine\n');
  expect(refusal({})).toBe('HTTP_PORT=nine is not allowed: a port from 0 to 65535 (0 takes a free one)');
});

test('SUB_AGENT_TIMEOUT_MINUTES is the old name of DEFAULT_AGENT_TIMEOUT_MINUTES, which wins over it', () => {
  expect(loadConfig({}, { SUB_AGENT_TIMEOUT_MINUTES: '7' }, cwd).policy.defaultAgentTimeoutMinutes).toBe(7);
  expect(loadConfig({}, { SUB_AGENT_TIMEOUT_MINUTES: '7', DEFAULT_AGENT_TIMEOUT_MINUTES: '8' }, cwd).policy.defaultAgentTimeoutMinutes).toBe(8);
  expect(loadConfig({ SUB_AGENT_TIMEOUT_MINUTES: '9' }, { DEFAULT_AGENT_TIMEOUT_MINUTES: '8' }, cwd).policy.defaultAgentTimeoutMinutes).toBe(9);
  expect(refusal({ SUB_AGENT_TIMEOUT_MINUTES: 'x' })).toMatch(/^SUB_AGENT_TIMEOUT_MINUTES=x /);
});

test('MQTTS_PORT needs both PEM files, and that they exist', async () => {
  expect(refusal({ MQTTS_PORT: '8883' })).toMatch(/^TLS_CERT is not set: MQTTS_PORT=8883 needs both/);
  expect(refusal({ MQTTS_PORT: '8883', TLS_CERT: 'missing.pem', TLS_KEY: 'missing.pem' })).toMatch(/^TLS_CERT=.*missing\.pem is not allowed/);
  await writeFile(join(cwd, 'a.pem'), 'x');
  expect(refusal({ MQTTS_PORT: '8883', TLS_CERT: 'a.pem' })).toMatch(/^TLS_KEY is not set/);
  const config = loadConfig({}, { MQTTS_PORT: '0', TLS_CERT: 'a.pem', TLS_KEY: 'a.pem' }, cwd);
  expect([config.mqttsPort, config.tlsCert, config.tlsKey]).toEqual([0, join(cwd, 'a.pem'), join(cwd, 'a.pem')]);
});

test('secrets are not shown, not even when wrong', () => {
  expect(refusal({ API_AUTH_TOKEN: 'hunter2' })).not.toContain('hunter2');
  expect(refusal({ MQTT_PASSWORD: `hunter2${'x'.repeat(1024)}` })).not.toContain('hunter2');
  expect(refusal({ MQTT_URL: 'http://user:hunter2@broker' })).toMatch(/^MQTT_URL=http:\/\/user:\*\*\*@broker is not allowed/);
  expect(refusal({ DATABASE_URL: 'mysql://user:hunter2@db/x' })).not.toContain('hunter2');
});

describe('flags', () => {
  test('may be written like the variable or in the usual way, before or after the verb', () => {
    const argv = ['--http-port', '1', 'agent', '--MQTT_PORT=2', 'list', '--data_dir', 'x', '--json', '--allow-private-endpoints'];
    expect(takeFlags(argv)).toEqual({
      flags: { HTTP_PORT: '1', MQTT_PORT: '2', DATA_DIR: 'x', ALLOW_PRIVATE_ENDPOINTS: 'true' },
      rest: ['agent', 'list', '--json'],
    });
  });
  test('end at --', () => {
    expect(takeFlags(['task', 'add', '--', '--http-port'])).toEqual({ flags: {}, rest: ['task', 'add', '--', '--http-port'] });
  });
  test('need their value', () => {
    expect(() => takeFlags(['--http-port'])).toThrow('--http-port needs a value');
  });
});
