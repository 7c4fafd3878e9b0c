import type { Settings } from './settings.ts';

const settings: Settings = {
  version: '2.0.0',
  broker: { kind: 'embedded', url: null },
  database: { kind: 'sqlite', location: '/srv/ping/data/ping-system.sqlite' },
  listeners: [{ name: 'mqtt', url: 'mqtt://127.0.0.1:1883' }],
  settings: [{ name: 'MQTT_PORT', value: '1883', is_default: true, about: 'its port', allowed: 'a port from 0 to 65535 (0 takes a free one)' }],
};
/** Of the schema in settings.ts. */
export const SETTINGS = { settings };
