import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { documents, emit, FOLDER, stale } from '#schemas/emit.ts';

/** The JSON Schema files as somebody in another language reads them: from disk, with a validator that knows nothing of TypeBox. */

const ajv = new Ajv2020({ strict: true, allErrors: true });
formats.default(ajv);
const files = readdirSync(FOLDER);
const read = (file: string): { $schema: string; $id: string; title: string; description?: string } => JSON.parse(readFileSync(join(FOLDER, file), 'utf8'));
const valid = (name: string, value: unknown): boolean => {
  const check = ajv.getSchema(`${name}.schema.json`) ?? ajv.compile(read(`${name}.schema.json`));
  return check(value) as boolean; // synchronous: none of the schemas is $async
};

const ping = {
  ping_id: '0198c2f0-7b1e-7c3a-9d0e-3f6f1a2b4c5d',
  assignment_id: 7,
  task_id: 1,
  task_name: 'Write the report',
  task_description: null,
  kind: 'assigned',
  attempt: 1,
  ping_time: '2026-11-23T09:00:00.000Z',
  timeout_minutes: 30,
  respond_by: '2026-11-23T09:30:00.000Z',
  priority: 0,
  deadline: null,
  escalation: null,
};
const reply = { ok: true, command: 'ack', message_id: 'm1', task_id: 1, instruction: 'continue' };
const alert = { task_id: 1, task_name: 'Write the report', reason: 'escalation_exhausted', holder: 'Ruto', since: '2026-11-23T09:00:00.000Z' };
const status = { state: 'online', instance: 'i1', version: '2.0.0', since: '2026-11-23T09:00:00.000Z', valid_until: '2026-11-23T09:00:45.000Z' };
const event = {
  id: 812,
  kind: 'assignment.escalated',
  at: '2026-11-23T09:30:00.000Z',
  task_id: 1,
  agent_id: 3,
  assignment_id: 9,
  actor: 'coordinator',
  channel: 'coordinator',
  token_id: null,
  data: {},
};

const right: [string, unknown][] = [
  ['ping', ping],
  ['ping', { ...ping, kind: 'escalated', escalation: { from: 'alice', reason: 'timeout', count: 1 } }],
  ['ack', {}],
  ['ack', { task_id: 1, assignment_id: 7, ping_id: '0198', message_id: 'any', note: 'on it', progress: 0.25, busy_until: null }],
  ['ack', { unknown_field: 1 }],
  ['ack', { message_id: '\u{1f4a9}\n' }],
  ['snooze', { task_id: 1, minutes: 15, reason: 'waiting for CI', assignment_id: 7, message_id: 'm' }],
  ['snooze', { minutes: 0.05 }],
  ['complete', { task_id: 1, result: { any: 'json' }, note: 'done', assignment_id: 7, message_id: 'm' }],
  ['complete', { task_id: 1, result: null }],
  ['fail', { task_id: 1, reason: 'no access to the repository', assignment_id: 7, message_id: 'm' }],
  ['assign', { task_id: 1, agent_name: 'bob', message_id: 'm' }],
  ['sync', {}],
  ['heartbeat', { status: 'online', session: 's', interval_seconds: 30, busy_until: null, sent_at: '2026-11-23T09:00:00.000Z', info: { any: 'json' } }],
  ['heartbeat', { status: 'offline', session: 's' }],
  ['reply', reply],
  [
    'reply',
    { ...reply, ok: false, instruction: 'stop_work', error: { code: 'assignment_closed', title: 'This assignment is closed', detail: 'Escalated to Ruto' } },
  ],
  ['coordinator_status', status],
  ['alert', alert],
  ['event', event],
];
const wrong: [string, unknown, string][] = [
  ['ping', { ...ping, kind: 'hello' }, 'an unknown kind'],
  ['ping', { ...ping, respond_by: 'soon' }, 'a time that is none'],
  ['ping', { ...ping, ping_id: undefined }, 'no ping_id'],
  ['ack', [], 'not an object'],
  ['ack', { task_id: '1' }, 'a number as text'],
  ['ack', { progress: 1.5 }, 'progress over 1'],
  ['ack', { message_id: 'x'.repeat(129) }, 'a message_id over 128'],
  ['ack', { message_id: 'a\0' }, 'a message_id with NUL'],
  ['ack', { message_id: '\ud800' }, 'a message_id with half a character'],
  ['snooze', { task_id: 1, minutes: 0 }, 'no minutes at all'],
  ['complete', { task_id: 0 }, 'a task_id under 1'],
  ['fail', { reason: 5 }, 'a reason that is no text'],
  ['assign', { agent_name: 'bob' }, 'no task'],
  ['heartbeat', { status: 'busy' }, 'an unknown status'],
  ['heartbeat', { status: 'online', interval_seconds: 0.5 }, 'an interval under 1 s'],
  ['reply', { ...reply, instruction: 'dance' }, 'an unknown instruction'],
  ['coordinator_status', { ...status, state: 'maybe' }, 'an unknown state'],
  ['alert', { ...alert, reason: 'bored' }, 'an unknown reason'],
  ['event', { ...event, id: 0 }, 'an id under 1'],
];

describe('schemas/json', () => {
  it('is as the code has it (npm run schemas)', () => expect(stale()).toEqual([]));

  it.each(files)('%s: a strict draft 2020-12 schema with a name', (file) => {
    const schema = read(file);
    expect(schema).toMatchObject({ $schema: 'https://json-schema.org/draft/2020-12/schema', $id: file, title: expect.any(String) });
    expect(JSON.stringify(schema).match(/"\$id"/g)).toHaveLength(1);
    new Ajv2020({ strict: true, formats: { 'date-time': true, uri: true } }).compile(schema);
  });

  it.each(right)('%s takes %j', (name, value) => expect(valid(name, value), JSON.stringify(ajv.errors)).toBe(true));
  it.each(wrong)('%s refuses %j: %s', (name, value) => expect(valid(name, value)).toBe(false));
});

describe('the emitter', () => {
  it('notices what is missing, changed by hand or left over, and mends it', () => {
    const folder = mkdtempSync(join(tmpdir(), 'schemas-'));
    try {
      expect(stale(folder)).toEqual([...documents().keys()].sort());
      emit(folder);
      expect(stale(folder)).toEqual([]);
      writeFileSync(join(folder, 'ping.schema.json'), '{}\n');
      writeFileSync(join(folder, 'old.schema.json'), '{}\n');
      rmSync(join(folder, 'ack.schema.json'));
      expect(stale(folder)).toEqual(['ack.schema.json', 'old.schema.json', 'ping.schema.json']);
      expect(emit(folder)).toEqual(['ack.schema.json', 'old.schema.json', 'ping.schema.json']);
      expect(stale(folder)).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
