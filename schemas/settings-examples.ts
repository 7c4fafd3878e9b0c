import type { SentPing, Settings } from './settings.ts';

const settings: Settings = {
  version: '2.0.0',
  broker: { kind: 'embedded', url: null },
  database: { kind: 'sqlite', location: '/srv/ping/data/ping-system.sqlite' },
  listeners: [{ name: 'mqtt', url: 'mqtt://127.0.0.1:1883' }],
  settings: [{ name: 'MQTT_PORT', value: '1883', is_default: true, about: 'its port', allowed: 'a port from 0 to 65535 (0 takes a free one)' }],
};
const sentPing: SentPing = {
  id: 12,
  ping_id: '0198c2f0-7b1e-7c3a-9d0e-3f6f1a2b4c5d',
  task_id: 1,
  assignment_id: 7,
  kind: 'assigned',
  attempt: 1,
  created_at: '2026-11-23T09:00:00.000Z',
  respond_by: '2026-11-23T09:30:00.000Z',
  published_at: '2026-11-23T09:00:00.004Z',
  delivered_at: '2026-11-23T09:00:00.009Z',
  answered_at: '2026-11-23T09:00:05.000Z',
  webhook: { tries: 1, outcome: 'delivered', next_try_at: null },
};
/** Of the schemas in settings.ts. */
export const SETTINGS = { settings, sent_ping: sentPing };
