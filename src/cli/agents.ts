import type { Command } from 'commander';
import { type Agent, AgentCreate, type AgentCreated, type AgentDone, type AgentToken } from '#schemas/resources.ts';
import { AGENT_STATUSES, AGENT_TYPES } from '#schemas/vocabulary.ts';
import { credentials } from './credentials.ts';
import { Failure } from './failure.ts';
import { clip, fields, listed, say, sayJson, table, when } from './output.ts';
import type { Given, Rest } from './rest.ts';
import { type Cli, fits, gather, type JsonOption, oneOf, positive, server, verb, whole } from './verb.ts';

interface AddOptions extends JsonOption {
  readonly main?: boolean;
  readonly capability?: string[];
  readonly timeoutMinutes?: number;
  readonly maxConcurrent?: number;
  readonly endpointUrl?: string;
}
interface ListOptions extends JsonOption {
  readonly status?: string;
  readonly type?: string;
  readonly capability?: string;
  readonly q?: string;
  readonly all?: boolean;
}

/** `agent add|list|show|token|remove`. */
export function agentCommands(program: Command, cli: Cli): void {
  const agent = program.command('agent').description('register agents and look at them');
  verb(agent, 'add', 'register an agent; prints its token, this once', ['agent add alice', 'agent add bob --capability typescript --max-concurrent 2'])
    .argument('<name>', 'what it is called, for ever', fits(AgentCreate.properties.name))
    .option('--main', 'a main agent, like Ruto: takes escalations and delegates')
    .option('--capability <name>', 'what it can do; repeatable', gather)
    .option('--timeout-minutes <minutes>', 'how long it may take to answer', fits(AgentCreate.properties.timeout_minutes, positive))
    .option('--max-concurrent <number>', 'open assignments at once', fits(AgentCreate.properties.max_concurrent, whole))
    .option('--endpoint-url <url>', 'also gets each ping as a webhook there', fits(AgentCreate.properties.endpoint_url))
    .action((name: string, options: AddOptions) => add(cli, name, options));
  verb(agent, 'list', 'all active agents', ['agent list', 'agent list --status idle --capability typescript', 'agent list --all', 'agent list --json'])
    .addOption(oneOf('--status <status>', 'that are', AGENT_STATUSES))
    .addOption(oneOf('--type <type>', 'of this type', AGENT_TYPES))
    .option('--capability <name>', 'that can do this, among other things')
    .option('-q, --q <text>', 'with this text in their name')
    .option('--all', 'the deactivated ones, too')
    .action((options: ListOptions) => list(cli, options));
  verb(agent, 'show <name>', 'one agent', ['agent show alice']).action(async (name: string, options: JsonOption) => {
    const found = await agentOf(await server(cli), name);
    if (options.json) sayJson(found);
    else say(describe(found));
  });
  verb(agent, 'token <name>', 'a new token; the old one stops at once', ['agent token alice']).action((name: string, options: JsonOption) =>
    renew(cli, name, options),
  );
  verb(agent, 'remove <name>', 'deactivate an agent: its tasks go to others, its history stays', ['agent remove alice']).action(
    (name: string, options: JsonOption) => remove(cli, name, options),
  );
}

/** The agent of this name, also a deactivated one; without regard to case, in which names do not differ. Throws Failure. */
export async function agentOf(rest: Rest, name: string): Promise<Agent> {
  const agents = await rest.all<Agent>('/agents', { is_active: 'any' });
  const found = agents.find((agent) => agent.name.toLowerCase() === name.toLowerCase());
  if (found !== undefined) return found;
  throw new Failure(`refused: there is no agent ${JSON.stringify(name)} (agent_not_found) — \`ping-system agent list\` shows who is registered`, {
    code: 'agent_not_found',
    detail: `There is no agent ${JSON.stringify(name)}.`,
  });
}

async function add(cli: Cli, name: string, options: AddOptions): Promise<void> {
  const rest = await server(cli);
  const agent: Given<AgentCreate> = {
    name,
    type: options.main ? 'main_agent' : undefined,
    capabilities: options.capability,
    timeout_minutes: options.timeoutMinutes,
    max_concurrent: options.maxConcurrent,
    endpoint_url: options.endpointUrl,
  };
  const made = await rest.call<AgentCreated>('POST', '/agents', agent);
  if (options.json) return void sayJson(made);
  say(`Agent ${made.name} is registered (id ${made.id}).\n`);
  say(await credentials(cli, rest, made.name, made.token));
  if (made.endpoint_url !== null) say(`\nWebhook secret (verifies the signature; shown this once):  ${made.webhook_secret}`);
}

async function list(cli: Cli, options: ListOptions): Promise<void> {
  const { status, type, capability, q } = options;
  const isFiltered = [status, type, capability, q].some((value) => value !== undefined);
  const rest = await server(cli);
  const items = await rest.all<Agent>('/agents', { status, type, capability, q, is_active: options.all ? 'any' : undefined });
  if (options.json) return void sayJson({ items, next_cursor: null });
  if (items.length === 0)
    return void say(isFiltered ? 'No agent matches. All of them: ping-system agent list' : 'No agents yet. Add one: ping-system agent add alice');
  const rows = items.map((a) => [
    String(a.id),
    a.name,
    a.type === 'main_agent' ? 'main' : 'sub',
    a.is_active ? a.status : 'deactivated',
    a.current_task_id === null ? '–' : String(a.current_task_id),
    when(a.last_acknowledgment),
    when(a.last_heartbeat),
    clip(listed(a.capabilities)),
  ]);
  say(table(['ID', 'NAME', 'TYPE', 'STATUS', 'TASK', 'LAST ACK', 'LAST HEARTBEAT', 'CAPABILITIES'], rows));
  if (!isFiltered && items.every((a) => a.type === 'main_agent')) say('\nOnly main agents so far. Add a sub-agent: ping-system agent add alice');
}

function describe(a: Agent): string {
  return fields([
    ['id', String(a.id)],
    ['name', a.name],
    ['type', a.type],
    ['status', a.is_active ? a.status : `${a.status}, deactivated`],
    ['current task', a.current_task_id === null ? '–' : String(a.current_task_id)],
    ['last acknowledgment', when(a.last_acknowledgment)],
    ['last heartbeat', when(a.last_heartbeat)],
    ['timeout', `${a.timeout_minutes} min`],
    ['open at once', String(a.max_concurrent)],
    ['capabilities', listed(a.capabilities)],
    ['endpoint', a.endpoint_url ?? '–'],
    ['token', a.token_id],
    ['registered', when(a.created_at)],
  ]);
}

async function renew(cli: Cli, name: string, options: JsonOption): Promise<void> {
  const rest = await server(cli);
  const agent = await agentOf(rest, name);
  const made = await rest.call<AgentToken>('POST', `/agents/${agent.id}/token`);
  if (options.json) return void sayJson(made);
  say(`Agent ${agent.name} has a new token; the old one no longer works.\n`);
  say(await credentials(cli, rest, agent.name, made.token));
}

async function remove(cli: Cli, name: string, options: JsonOption): Promise<void> {
  const rest = await server(cli);
  const agent = await agentOf(rest, name);
  const done = await rest.call<AgentDone>('DELETE', `/agents/${agent.id}`);
  if (options.json) return void sayJson(done);
  say(`Agent ${agent.name} is deactivated; its open tasks go to others.`);
}
