import { Ack, Alert, Assign, Complete, CoordinatorStatus, Fail, Heartbeat, MassStaleAlert, Ping, Reply, Snooze, Sync } from './messages.ts';
import type { Named } from './named.ts';
import { Event } from './resources.ts';

/** Every MQTT topic of the product (contract §2), for the AsyncAPI document; src/mqtt keeps to it, and a test compares them. */
export interface MqttChannel {
  /** `{name}`: an agent; `{task_id}`, `{thing}`, `{what}` likewise. */
  readonly address: string;
  readonly message: Named;
  /** Who publishes there: any agent to its own topics, a main agent alone, or the coordinator. */
  readonly from: 'agent' | 'main_agent' | 'coordinator';
  /** What the sender is asked to use; commands are taken at 0 to 2. */
  readonly qos: 1;
  readonly retained: boolean;
  readonly summary: string;
  readonly description: string;
}

const COMMAND = { from: 'agent', qos: 1, retained: false } as const;
const ANSWERED =
  'QoS 0 to 2. The PUBACK leaves after the effect, or the refusal, is committed; the answer follows on agents/{name}/reply. A retain flag is stripped. ' +
  'With a message_id that was used before (24 h) nothing changes, and the answer is the same.';
const OURS = { from: 'coordinator', qos: 1 } as const;
const named = (schema: object): Named => schema as Named; // as: each of them has an $id, which TypeBox's types do not keep

export const MQTT_CHANNELS = {
  ping: {
    ...OURS,
    address: 'agents/{name}/ping',
    message: named(Ping),
    retained: false,
    summary: 'The coordinator asks the holder of a task',
    description: 'Answer with ack, snooze, complete or fail before respond_by. A repeated ping keeps its ping_id and raises attempt.',
  },
  reply: {
    ...OURS,
    address: 'agents/{name}/reply',
    message: named(Reply),
    retained: false,
    summary: 'The answer to a command or a sync, or a withdrawal',
    description:
      'Sent after the commit. instruction tells what to do now; a withdraw (stop_work) says that the task was taken away. ' +
      'One of the last 24 hours that is not known to have arrived is said again when the agent subscribes (50 at a time, the latest first): expect the same one twice.',
  },
  ack: { ...COMMAND, address: 'agents/{name}/ack', message: named(Ack), summary: 'I have it and work on it', description: ANSWERED },
  snooze: { ...COMMAND, address: 'agents/{name}/snooze', message: named(Snooze), summary: 'Not now; ask again later', description: ANSWERED },
  complete: { ...COMMAND, address: 'agents/{name}/complete', message: named(Complete), summary: 'It is done', description: ANSWERED },
  fail: { ...COMMAND, address: 'agents/{name}/fail', message: named(Fail), summary: 'I cannot do it', description: ANSWERED },
  assign: { ...COMMAND, from: 'main_agent', address: 'agents/{name}/assign', message: named(Assign), summary: 'A main agent delegates', description: ANSWERED },
  sync: { ...COMMAND, address: 'agents/{name}/sync', message: named(Sync), summary: 'What do I owe?', description: ANSWERED },
  heartbeat: {
    from: 'agent',
    qos: 1,
    retained: true,
    address: 'agents/{name}/heartbeat',
    message: named(Heartbeat),
    summary: 'I am alive',
    description:
      'QoS 0 or 1, retained. From the first one on the agent is supervised: it counts as stale after HEARTBEAT_MISSES × interval_seconds of silence. ' +
      'The Last Will goes here too: {"status":"offline","session":"…"}, retained, with the session of this connection’s heartbeats.',
  },
  status: {
    ...OURS,
    address: 'coordinator/status',
    message: named(CoordinatorStatus),
    retained: true,
    summary: 'The coordinator is there',
    description: 'Renewed every 15 s; distrust it after valid_until. On an external broker it is also the coordinator’s Last Will.',
  },
  alert: {
    ...OURS,
    address: 'coordinator/alerts/{task_id}',
    message: named(Alert),
    retained: true,
    summary: 'A task needs a person',
    description: 'Cleared by an empty payload. For the admin and main agents.',
  },
  mass_stale: {
    ...OURS,
    address: 'coordinator/alerts/mass-stale',
    message: named(MassStaleAlert),
    retained: true,
    summary: 'Many agents went silent at once',
    description: 'Their escalations wait until escalate_at. Cleared by an empty payload. For the admin and main agents.',
  },
  event: {
    ...OURS,
    address: 'coordinator/events/{thing}/{what}',
    message: named(Event),
    retained: false,
    summary: 'Something happened',
    description: 'The audit trail as it grows: task.created goes to coordinator/events/task/created. For the admin and main agents.',
  },
} as const satisfies Record<string, MqttChannel>;
