import type { Command } from '#domain/command.ts';
import { type Refusal, refuse } from '#domain/refusal.ts';
import { ackOf, assignOf, completeOf, failOf, snoozeOf } from '#domain/said.ts';
import { readJsonText } from '#schemas/json-text.ts';
import { Ack, Assign, Complete, Fail, Heartbeat, Snooze, Sync } from '#schemas/messages.ts';
import { faultsInWords, type Parsed, parser } from '#schemas/validator.ts';
import type { CommandLeaf } from '#schemas/vocabulary.ts';

/** Payload bytes → typed commands; the only place on MQTT that looks into a payload. */

const parse = {
  ack: parser(Ack),
  snooze: parser(Snooze),
  complete: parser(Complete),
  fail: parser(Fail),
  assign: parser(Assign),
  sync: parser(Sync),
  heartbeat: parser(Heartbeat),
};

export type SyncCommand = { readonly type: 'sync'; readonly message_id?: string | undefined };

/** The command in this payload, in the name of this agent; or `invalid_payload` with every fault. */
export function readCommand(leaf: CommandLeaf, payload: Buffer, agent_id: number): Command | SyncCommand | Refusal {
  const json = readJson(payload);
  if ('refused' in json) return json;
  switch (leaf) {
    case 'ack':
      return accept(parse.ack(json.value), (v) => ackOf(agent_id, v));
    case 'snooze':
      return accept(parse.snooze(json.value), (v) => snoozeOf(agent_id, v));
    case 'complete':
      return accept(parse.complete(json.value), (v) => completeOf(agent_id, v));
    case 'fail':
      return accept(parse.fail(json.value), (v) => failOf(agent_id, v));
    case 'assign':
      return accept(parse.assign(json.value), (v) => assignOf(agent_id, v));
    case 'sync':
      return accept(parse.sync(json.value), (v) => ({ type: 'sync', message_id: v.message_id ?? undefined }));
    default:
      return leaf satisfies never;
  }
}

export function readHeartbeat(payload: Buffer): { readonly beat: Heartbeat } | Refusal {
  const json = readJson(payload);
  if ('refused' in json) return json;
  return accept(parse.heartbeat(json.value), (beat) => ({ beat }));
}

/** What the sender may have called its message and task, also of a payload that is otherwise wrong: so that it recognises the answer. */
export function namesIn(payload: Buffer): { message_id?: string; task_id?: number } {
  const json = readJson(payload);
  if ('refused' in json) return {};
  const { message_id, task_id } = json.value as { message_id?: unknown; task_id?: unknown }; // as: an object, and whatever these are is looked at right here
  return {
    ...(typeof message_id === 'string' && message_id.length <= 128 ? { message_id } : {}),
    ...(typeof task_id === 'number' && Number.isSafeInteger(task_id) ? { task_id } : {}),
  };
}

/** An empty payload is {}: `mosquitto_pub -n` acknowledges. */
function readJson(payload: Buffer): { readonly value: object } | Refusal {
  if (payload.length === 0) return { value: {} };
  const read = readJsonText(payload);
  if (!read.ok) return refuse('invalid_payload', `The payload ${read.fault}.`);
  const { value } = read;
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { value };
  return refuse('invalid_payload', 'The payload is JSON, but not an object.');
}

function accept<T, R>(parsed: Parsed<T>, use: (value: T) => R): R | Refusal {
  return parsed.ok ? use(parsed.value) : refuse('invalid_payload', faultsInWords(parsed.faults, 'the payload'));
}
