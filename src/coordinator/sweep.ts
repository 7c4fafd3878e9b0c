import type { Command } from '#domain/command.ts';
import { type DueIds, dueNow, nextDue, pushForward } from '#storage/due.ts';
import type { Em } from '#storage/statement.ts';
import type { Outcome } from './port.ts';

/** So many rows of each kind at most are taken at once. */
const ROUND = 500;
/** So many rounds per tick; the rest is due at the next one, right after. */
const MAX_ROUNDS = 50;
/** A row whose evaluation throws is looked at again after this. */
const POISON_PAUSE_MS = 60_000;

interface SweepDeps {
  em(): Em;
  transaction<T>(work: (em: Em) => Promise<T>): Promise<T>;
  now(): number;
  /** Writes the beats heard so far: the fleet is judged on them. */
  heard(): Promise<void>;
  submit(command: Command): Promise<Outcome>;
  /** A sign of life between rounds; false: stop judging. */
  goOn(): boolean;
}

type Kind = 'agent' | 'task' | 'assignment';

/** Takes every row whose moment has come through the same gate as everybody's commands. Gives the next moment, null if there is none. */
export async function sweep(deps: SweepDeps): Promise<number | null> {
  const seen = new Set<string>();
  for (let round = 0; round < MAX_ROUNDS && deps.goOn(); round += 1) {
    const due = await dueNow(deps.em(), deps.now(), ROUND);
    if (due.agents.length > 0) await deps.heard();
    const commands = commandsFor(due).filter((c) => isNew(seen, c));
    if (commands.length === 0) break;
    const stuck = await take(deps, commands);
    if (stuck.length > 0)
      await deps.transaction(async (em) => {
        for (const row of stuck) await pushForward(em, row.table, row.id, deps.now() + POISON_PAUSE_MS);
      });
  }
  return nextDue(deps.em());
}

/** A row is judged once per sweep: one that stays due (its agent was heard from a moment ago) is left to the next. */
function isNew(seen: Set<string>, command: Command): boolean {
  const key = rowOf(command)
    .map(({ table, id }) => `${table} ${id}`)
    .join();
  if (seen.has(key)) return false;
  seen.add(key);
  return true;
}

function commandsFor(due: DueIds): Command[] {
  return [
    ...due.agents.map((agent_id): Command => ({ type: 'agent_due', agent_id })),
    ...due.assignments.map((assignment_id): Command => ({ type: 'assignment_due', assignment_id })),
    ...due.tasks.map((task_id): Command => ({ type: 'task_due', task_id })),
  ];
}

/** Submits them all; gives the rows whose evaluation threw. A refusal of storage is thrown on. */
async function take(deps: SweepDeps, commands: readonly Command[]): Promise<{ table: Kind; id: number }[]> {
  const outcomes = await Promise.all(commands.map((command) => deps.submit(command)));
  return commands.flatMap((command, i) => (outcomes[i]?.refused === true ? rowOf(command) : []));
}

function rowOf(command: Command): { table: Kind; id: number }[] {
  if (command.type === 'agent_due') return [{ table: 'agent', id: command.agent_id }];
  if (command.type === 'assignment_due') return [{ table: 'assignment', id: command.assignment_id }];
  return command.type === 'task_due' ? [{ table: 'task', id: command.task_id }] : [];
}
