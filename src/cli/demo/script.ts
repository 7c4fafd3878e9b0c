import type { Rest } from '#cli/rest.ts';
import { pause } from '#cli/trail.ts';
import type { Task } from '#schemas/resources.ts';
import type { Clock } from '#src/clock.ts';
import { RELIABLE } from './tempers.ts';

interface Step {
  /** Seconds after the step before. */
  readonly after: number;
  readonly name: string;
  /** Without one the coordinator chooses. */
  readonly agent?: string;
  readonly priority?: number;
}

/** About half a minute; every temper gets a task of its own, the rest goes to whom the coordinator chooses. */
const SCRIPT: readonly Step[] = [
  { after: 0, name: 'Write the report', agent: 'ada' },
  { after: 0.5, name: 'Call the supplier', agent: 'chloe' },
  { after: 0.5, name: 'Move the database', agent: 'dora' },
  { after: 0.5, name: 'Review the design', agent: 'bruno' },
  { after: 1, name: 'Answer the tickets', agent: 'fritz' },
  { after: 2, name: 'Deploy the website', agent: 'emil' },
  { after: 4, name: 'Translate the manual' },
  { after: 2, name: 'Plan the release', priority: 5 },
  { after: 2, name: 'Order new disks' },
  { after: 2, name: 'Clean up old branches' },
  { after: 2, name: 'Check the backups', priority: 10 },
  { after: 2, name: 'Thank everybody', agent: 'ada' },
];

/** Adds the tasks in their time; answers with their ids. Ends early with the signal. */
export async function giveTasks(rest: Rest, clock: Clock, signal: AbortSignal): Promise<number[]> {
  const ids: number[] = [];
  for (const { after, name, agent, priority } of SCRIPT) {
    await pause(clock, after * 1000, signal);
    if (signal.aborted) break;
    const who = agent === undefined ? { required_capabilities: [RELIABLE] } : { agent_name: agent };
    const task = await rest.call<Task>('POST', '/tasks', { name, ...who, priority });
    ids.push(task.id);
  }
  return ids;
}
