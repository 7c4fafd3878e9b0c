import type { Coordinator, Outcome, Readiness } from '#coordinator/port.ts';
import type { Command, Request } from '#domain/command.ts';
import type { Principal } from '#domain/principal.ts';
import type { Reply } from '#schemas/messages.ts';
import { agentRow, assignmentRow, commentRow, phaseRow, T0, taskRow, todoRow } from '#test/support/rows.ts';

/** The edge's view of a coordinator: remembers what it was asked and answers as told. It decides nothing. */
export interface FakeCoordinator extends Coordinator {
  readonly requests: Request[];
  /** What the next commands are answered with; by default each is done. */
  answer: (request: Request) => Outcome | Promise<Outcome>;
  ready: Readiness;
  admits: boolean;
}

export function fakeCoordinator(tokens: ReadonlyMap<string, Principal>): FakeCoordinator {
  const requests: Request[] = [];
  const fake: FakeCoordinator = {
    requests,
    answer: (request) => doneOf(request.command),
    ready: { ready: true, checks: { database: null, broker: null, ticker: null }, tickerLagMs: 0 },
    admits: true,
    submit: async (request) => {
      requests.push(request);
      return fake.answer(request);
    },
    sync: async () => ({ ok: true, command: 'sync', instruction: 'none', open: [], taken: [] }),
    authenticate: async () => null,
    principalOf: async (token) => tokens.get(token) ?? null,
    identityOf: (agentId) => {
      const principal = [...tokens.values()].find((p) => (p.kind === 'agent' ? p.id : null) === agentId);
      return principal === undefined ? null : { principal, credential: 'as ever' };
    },
    agentIdOf: () => null,
    admit: () => fake.admits,
    admitRefusal: () => true,
    heartbeat: () => 'keep',
    listening: () => undefined,
    listeningToReplies: () => undefined,
    delivered: () => undefined,
    now: () => T0,
    readiness: () => fake.ready,
    onEvents: () => () => undefined,
  };
  return fake;
}

const REPLY: Reply = {
  ok: true,
  command: 'ack',
  task_id: 1,
  instruction: 'continue',
  assignment: {
    id: 1,
    status: 'acknowledged',
    failure_reason: null,
    acknowledged_at: '2026-11-23T09:00:01.000Z',
    respond_by: '2026-11-23T09:30:01.000Z',
    snooze_until: null,
    version: 2,
  },
};

/** The rows a done command leaves behind, which the edge then reads from storage by their ids. */
export function doneOf(command: Command): Outcome {
  switch (command.type) {
    case 'ack':
    case 'snooze':
    case 'complete':
    case 'fail':
      return { reply: { ...REPLY, command: command.type }, assignment: assignmentRow(1, 1, command.agent_id) };
    case 'renew_token':
      return { agent: agentRow(command.agent_id, 'alice') };
    case 'register_agent':
      return { agent: agentRow(2, command.name) };
    case 'create_task':
      return { task: taskRow(1, { name: command.name }) };
    case 'assign':
    case 'ping_task':
      return { task: taskRow(command.task_id), assignment: assignmentRow(1, 1, 2) };
    case 'add_phase':
    case 'update_phase':
    case 'delete_phase':
      return { task: taskRow(1), phase: phaseRow(1, 1), message: 'Done' };
    case 'add_todo':
    case 'update_todo':
    case 'delete_todo':
      return { task: taskRow(1), phase: phaseRow(1, 1), todo: todoRow(1, 1), message: 'Done' };
    case 'comment_task':
      return { comment: commentRow(1, command.task_id, { content: command.content }) };
    default:
      return {};
  }
}
