import { agentIdOf, type Command, messageKey, type Request, type WorkCommand } from '#domain/command.ts';
import type { AgentOnline, Resend, WithdrawAgain } from '#domain/own-command.ts';
import { gatherPhases, noPhaseNeeds, type PhaseNeeds } from './phase-facts.ts';

/** What the commands of a batch need to have loaded. */
export interface Needs {
  /** `messageKey`s: the replies that were given before. */
  readonly keys: Set<string>;
  readonly agents: Set<number>;
  /** Of agents, in lower case. */
  readonly names: Set<string>;
  readonly tasks: Set<number>;
  readonly assignments: Set<number>;
  /** (agent, task) pairs of work commands: the newest assignment of the pair, if it is not the open one. */
  readonly pairs: { agent: number; task: number }[];
  /** Acks that name a ping alone: whose ping it was. */
  readonly pings: { agent: number; ping_id: string }[];
  /** Agents of whom every open assignment is needed. */
  readonly holders: Set<number>;
  /** Agents of whom it is enough to see whether more than one assignment is open: two, and one more for each other command, which may close one. */
  readonly only: Set<number>;
  /** How many there are in the batch. */
  readonly commands: number;
  /** Agents that come back: what was taken from them meanwhile. */
  readonly returning: Set<number>;
  /** Agents that hear their replies again: what was taken from them lately. */
  readonly bereft: Set<number>;
  /** Some command may auto-assign: every agent that could take a task, with its load. */
  fleet: boolean;
  /** Some command may take a task on along its escalation chain. */
  chains: boolean;
  /** Some command ends or judges tasks: their blockers and dependents. */
  blockers: boolean;
  /** Tasks whose new blockers are checked for a cycle. */
  readonly cycles: Set<number>;
  readonly stages: PhaseNeeds;
  /** Some moment of an assignment is judged: whether its holder was asked. */
  asked: boolean;
  /** Some agent goes or comes: the fleet, for the mass-stale rule. */
  health: boolean;
}

/** What these commands can only be decided with. */
export function needsOf(requests: readonly Request[]): Needs {
  const needs = emptyNeeds(requests.length);
  for (const { command } of requests) {
    gather(needs, command);
    gatherPhases(needs.stages, command);
  }
  return needs;
}

const emptyNeeds = (commands: number): Needs => ({
  commands,
  keys: new Set(),
  agents: new Set(),
  names: new Set(),
  tasks: new Set(),
  assignments: new Set(),
  pairs: [],
  pings: [],
  holders: new Set(),
  only: new Set(),
  returning: new Set(),
  bereft: new Set(),
  fleet: false,
  chains: false,
  blockers: false,
  cycles: new Set(),
  stages: noPhaseNeeds(),
  asked: false,
  health: false,
});

function gather(needs: Needs, command: Command): void {
  const key = messageKey(command);
  if (key !== null) needs.keys.add(key);
  const agentId = agentIdOf(command);
  if (agentId !== null) needs.agents.add(agentId);
  if ('task_id' in command && command.task_id !== undefined) needs.tasks.add(command.task_id);
  switch (command.type) {
    case 'ack':
    case 'snooze':
    case 'complete':
    case 'fail':
      return gatherWork(needs, command);
    case 'assign':
      if (command.agent_name !== undefined) needs.names.add(command.agent_name.toLowerCase());
      else needs.fleet = needs.chains = needs.blockers = true;
      return;
    case 'create_task':
    case 'update_task':
      return gatherTask(needs, command);
    case 'resolve_task':
    case 'task_due':
      needs.fleet = needs.chains = needs.blockers = true;
      return;
    case 'delete_task':
      needs.blockers = true;
      return;
    case 'register_agent':
      needs.names.add(command.name.toLowerCase());
      return;
    case 'update_agent':
      if (command.is_active === false) gatherLoss(needs, command.agent_id);
      return;
    case 'agent_due':
      return gatherLoss(needs, command.agent_id);
    case 'agent_online':
    case 'resend':
    case 'withdraw_again':
      return gatherReturn(needs, command);
    case 'assignment_due':
      needs.assignments.add(command.assignment_id);
      needs.chains = needs.asked = true;
      return;
    default:
      return;
  }
}

function gatherWork(needs: Needs, command: WorkCommand): void {
  if (command.assignment_id !== undefined) needs.assignments.add(command.assignment_id);
  else if (command.task_id !== undefined) needs.pairs.push({ agent: command.agent_id, task: command.task_id });
  else if (command.type === 'ack' && command.ping_id !== undefined) {
    needs.holders.add(command.agent_id);
    needs.pings.push({ agent: command.agent_id, ping_id: command.ping_id });
  } else needs.only.add(command.agent_id);
  if (command.type === 'complete' || command.type === 'fail') needs.blockers = true;
  if (command.type === 'fail') needs.chains = true;
}

function gatherTask(needs: Needs, command: Extract<Command, { type: 'create_task' | 'update_task' }>): void {
  for (const id of command.blocked_by ?? []) needs.tasks.add(id);
  if (command.type === 'update_task' && command.blocked_by !== undefined) for (const id of command.blocked_by) needs.cycles.add(id);
  for (const name of command.escalation_chain ?? []) needs.names.add(name.toLowerCase());
  needs.blockers = true;
  if (command.type === 'create_task' && command.agent_name !== undefined) needs.names.add(command.agent_name.toLowerCase());
  else needs.fleet = needs.chains = true;
}

/** An agent is lost: everything it holds may go on along its chain. */
function gatherLoss(needs: Needs, agentId: number): void {
  needs.holders.add(agentId);
  needs.chains = needs.health = true;
}

/** An agent is back, or listens anew: what it holds, and what it held. */
function gatherReturn(needs: Needs, { type, agent_id }: AgentOnline | Resend | WithdrawAgain): void {
  needs.holders.add(agent_id);
  if (type === 'withdraw_again') needs.bereft.add(agent_id);
  if (type !== 'agent_online') return;
  needs.returning.add(agent_id);
  needs.health = true;
}
