import { type AgentClient, AgentError, type AgentPing } from '#client/client.ts';

/** What a temper can do beside answering the ping. */
export interface Stage {
  readonly client: AgentClient;
  wait(seconds: number): Promise<void>;
}

/** One of the demo's agents: how it answers the first ping of an assignment, and (where it cares) the later ones. */
export interface Temper {
  readonly name: string;
  /** For people: one word or two. */
  readonly about: string;
  readonly capabilities: readonly string[];
  first(ping: AgentPing, stage: Stage): Promise<unknown>;
  again?(ping: AgentPing, stage: Stage): Promise<unknown>;
}

/** Tasks that need this go to those who finish what they begin. */
export const RELIABLE = 'finishing';

async function workFor(seconds: number, ping: AgentPing, stage: Stage, result: object): Promise<void> {
  await ping.ack({ note: 'on it' });
  await stage.wait(seconds);
  await ping.complete(result);
}

export const TEMPERS: readonly Temper[] = [
  {
    name: 'ada',
    about: 'prompt',
    capabilities: [RELIABLE, 'writing'],
    first: async (ping, stage) => {
      await stage.wait(0.4);
      await workFor(2.5, ping, stage, { pages: 3 });
    },
  },
  {
    name: 'bruno',
    about: 'slow',
    capabilities: [RELIABLE],
    // Lets the first ping pass; the reminder wakes him.
    first: async () => {},
    again: (ping, stage) => (ping.kind === 'reminder' ? workFor(2.5, ping, stage, { checked: true }) : Promise.resolve()),
  },
  {
    name: 'chloe',
    about: 'snoozer',
    capabilities: [RELIABLE],
    first: async (ping, stage) => {
      await stage.wait(0.8);
      await ping.snooze(0.06, { reason: 'waiting for a call back' });
    },
    again: (ping, stage) => (ping.kind === 'snooze_over' ? workFor(2, ping, stage, { called: 'twice' }) : Promise.resolve()),
  },
  {
    name: 'dora',
    about: 'dies',
    capabilities: [],
    first: async (ping, stage) => {
      await ping.ack({ note: 'on it' });
      await stage.wait(1.5);
      stage.client.drop();
    },
  },
  {
    name: 'emil',
    about: 'fails',
    capabilities: [],
    first: async (ping, stage) => {
      await ping.ack({ note: 'on it' });
      await stage.wait(1.5);
      await ping.fail('no access to the server');
    },
  },
  { name: 'fritz', about: 'silent', capabilities: [], first: async () => {} },
];

/** Takes what nobody finished: delegates tasks of an odd number to ada, does the others himself. */
export const RUTO: Temper = {
  name: 'Ruto',
  about: 'main agent',
  capabilities: [],
  first: async (ping, stage) => {
    await stage.wait(0.6);
    await ping.ack({ note: ping.escalation === null ? 'on it' : `taking over from ${ping.escalation.from}` });
    await stage.wait(1.5);
    if (ping.task_id % 2 === 1) await stage.client.assign({ task_id: ping.task_id, agent_name: 'ada' });
    else await ping.complete({ done_by: 'Ruto' });
  },
};

/** Lets a connected client live by its temper. Refusals belong to the story (its work was taken away meanwhile); anything else is reported. */
export function animate(client: AgentClient, temper: Temper, wait: Stage['wait'], report: (error: unknown) => void): void {
  const stage: Stage = { client, wait };
  const begun = new Set<number>();
  client.onPing((ping) => {
    const isFirst = !begun.has(ping.assignment_id);
    begun.add(ping.assignment_id);
    const act = isFirst ? temper.first(ping, stage) : (temper.again?.(ping, stage) ?? Promise.resolve());
    return act.catch((error: unknown) => {
      if (!(error instanceof AgentError)) report(error);
    });
  });
}
