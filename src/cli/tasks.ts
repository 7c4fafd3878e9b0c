import type { Command } from 'commander';
import type { Comment, Phase } from '#schemas/conversation.ts';
import { type Assignment, type Task, type TaskAssigned, TaskCreate, type Why } from '#schemas/resources.ts';
import { ATTENTION_REASONS, TASK_SORTS, TASK_STATUSES } from '#schemas/vocabulary.ts';
import { clip, say, sayJson, table } from './output.ts';
import type { Given } from './rest.ts';
import { type AgentNames, agentNames, checklist, describeTask, nameOf, timeline } from './task-view.ts';
import { type Cli, fits, gather, gatherTasks, type JsonOption, moment, oneOf, positive, server, taskId, verb, whole } from './verb.ts';
import { explainWhy } from './why.ts';

interface AddOptions extends JsonOption {
  readonly agent?: string;
  readonly description?: string;
  readonly priority?: number;
  readonly capability?: string[];
  readonly chain?: string[];
  readonly blockedBy?: number[];
  readonly deadline?: string;
  readonly pingIntervalMinutes?: number;
  readonly ping: boolean;
}
interface ListOptions extends JsonOption {
  readonly status?: string;
  readonly agent?: string;
  readonly needsAttention?: string | true;
  readonly q?: string;
  readonly sort?: string;
}

/** `task add|list|show|why|assign|cancel`. */
export function taskCommands(program: Command, cli: Cli): void {
  const task = program.command('task').description('give out tasks and follow them');
  verb(task, 'add', 'a new task; without --agent the coordinator chooses who does it', [
    'task add "Write the report" --agent alice',
    'task add "Fix the build" --capability typescript --priority 5',
  ])
    .argument('<name>', 'what it is about, in a line', fits(TaskCreate.properties.name))
    .option('--agent <name>', 'give it to this agent at once')
    .option('--description <text>', 'what is to be done')
    .option('--priority <number>', 'higher goes first', fits(TaskCreate.properties.priority, whole))
    .option('--capability <name>', 'what an agent must be able to do; repeatable', gather)
    .option('--chain <names>', 'who takes over, in order, instead of ESCALATION_CHAIN', gather)
    .option('--blocked-by <ids>', 'tasks that must be done before', gatherTasks)
    .option('--deadline <time>', 'ISO 8601, e.g. 2027-01-31T12:00:00Z', moment)
    .option('--ping-interval-minutes <minutes>', 'between reminders', fits(TaskCreate.properties.ping_interval_minutes, positive))
    .option('--no-ping', 'no pinging: assigned by hand only')
    .action((name: string, options: AddOptions) => add(cli, name, options));
  verb(task, 'list', 'tasks, newest first unless --sort', [
    'task list',
    'task list --status todo --sort -priority',
    'task list --needs-attention',
    'task list --agent alice --json',
  ])
    .addOption(oneOf('--status <status>', 'in this status', TASK_STATUSES))
    .option('--agent <name>', 'held by this agent')
    .addOption(oneOf('--needs-attention [reason]', 'those that wait for a person, for whatever reason or this one', ATTENTION_REASONS))
    .option('-q, --q <text>', 'with this text in its name or description')
    .addOption(oneOf('--sort <order>', 'with - the newest, highest or latest first', TASK_SORTS))
    .action((options: ListOptions) => list(cli, options));
  verb(task, 'show', 'one task, with the timeline of its assignments', ['task show 1'])
    .argument('<id>', 'number of the task', taskId)
    .action((id: number, options: JsonOption) => show(cli, id, options));
  verb(task, 'why', 'what happens next with a task, and why', ['task why 1'])
    .argument('<id>', 'number of the task', taskId)
    .action(async (id: number, options: JsonOption) => {
      const why = await (await server(cli)).call<Why>('GET', `/tasks/${id}/why`);
      if (options.json) sayJson(why);
      else say(explainWhy(why));
    });
  verb(task, 'assign', 'give a task to an agent; without a name the coordinator chooses', ['task assign 1 bob', 'task assign 1'])
    .argument('<id>', 'number of the task', taskId)
    .argument('[agent]', 'name of the agent')
    .action((id: number, agent: string | undefined, options: JsonOption) => assign(cli, id, agent, options));
  verb(task, 'cancel', 'cancel a task; its holder is told to stop', ['task cancel 1'])
    .argument('<id>', 'number of the task', taskId)
    .action((id: number, options: JsonOption) => cancel(cli, id, options));
}

async function add(cli: Cli, name: string, options: AddOptions): Promise<void> {
  const rest = await server(cli);
  const task: Given<TaskCreate> = {
    name,
    agent_name: options.agent,
    description: options.description,
    priority: options.priority,
    required_capabilities: options.capability,
    escalation_chain: options.chain,
    blocked_by: options.blockedBy,
    deadline: options.deadline,
    ping_interval_minutes: options.pingIntervalMinutes,
    is_ping_enabled: options.ping ? undefined : false,
  };
  const made = await rest.call<Task>('POST', '/tasks', task);
  if (options.json) return void sayJson(made);
  const holder = made.assigned_agent_id === null ? 'not assigned yet' : `with ${nameOf(made.assigned_agent_id, await agentNames(rest))}`;
  say(`Task ${made.id} is added (${holder}). Follow it: ping-system task show ${made.id}`);
}

async function list(cli: Cli, options: ListOptions): Promise<void> {
  const { status, agent, needsAttention, q, sort } = options;
  const isFiltered = [status, agent, needsAttention, q].some((value) => value !== undefined);
  const rest = await server(cli);
  const needs_attention = needsAttention === undefined ? undefined : String(needsAttention); // true: for whatever reason
  const items = await rest.all<Task>('/tasks', { status, agent, needs_attention, q, sort });
  if (options.json) return void sayJson({ items, next_cursor: null });
  if (items.length === 0)
    return void say(isFiltered ? 'No task matches. All of them: ping-system task list' : 'No tasks yet. Add one: ping-system task add "Write the report"');
  const names = await agentNames(rest);
  say(
    table(
      ['ID', 'NAME', 'STATUS', 'HOLDER', 'PRIORITY', 'NEEDS ATTENTION'],
      items.map((task) => row(task, names)),
    ),
  );
}

const row = (t: Task, names: AgentNames): string[] => [
  String(t.id),
  clip(t.name),
  t.status,
  nameOf(t.assigned_agent_id, names),
  String(t.priority),
  t.needs_attention ?? '–',
];

async function show(cli: Cli, id: number, options: JsonOption): Promise<void> {
  const rest = await server(cli);
  const task = await rest.call<Task>('GET', `/tasks/${id}`);
  const [assignments, comments, phases, names] = await Promise.all([
    rest.all<Assignment>(`/tasks/${id}/assignments`),
    rest.all<Comment>(`/tasks/${id}/comments`),
    rest.all<Phase>(`/tasks/${id}/phases`),
    agentNames(rest),
  ]);
  if (options.json) return void sayJson({ ...task, assignments, comments, phases });
  say(describeTask(task, names));
  say(`\n${timeline(task, assignments, names)}`);
  if (phases.length > 0) say(`\nPhases\n${phases.map(checklist).join('\n')}`);
  if (comments.length > 0) say(`\nComments\n${comments.map((c) => `  ${c.created_at.slice(11, 19)}Z  ${c.author}: ${clip(c.content, 200)}`).join('\n')}`);
}

async function assign(cli: Cli, id: number, agent: string | undefined, options: JsonOption): Promise<void> {
  const done = await (await server(cli)).call<TaskAssigned>('POST', `/tasks/${id}/assign`, { agent_name: agent });
  if (options.json) sayJson(done);
  else say(done.message);
}

async function cancel(cli: Cli, id: number, options: JsonOption): Promise<void> {
  const done = await (await server(cli)).call<Task>('PATCH', `/tasks/${id}`, { status: 'cancelled' });
  if (options.json) sayJson(done);
  else say(`Task ${id} is cancelled.`);
}
