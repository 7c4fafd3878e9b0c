import type { Beat, Coordinator, Identity, Outbound } from '#coordinator/port.ts';
import type { Request } from '#domain/command.ts';
import { type Refusal, refuse } from '#domain/refusal.ts';
import { replyRefused } from '#domain/reply.ts';
import type { Reply } from '#schemas/messages.ts';
import { excerptOf } from '#schemas/refused.ts';
import type { Code, CommandLeaf } from '#schemas/vocabulary.ts';
import { namesIn, readCommand, readHeartbeat } from './payloads.ts';
import { Repeats } from './repeats.ts';
import type { InboundMessage, TransportHandlers } from './transport.ts';

export interface InboundDeps {
  readonly coordinator: Coordinator;
  readonly outbound: Outbound;
  readonly maxPayloadBytes: number;
  /** Masks tokens in text that is to be kept. */
  mask(text: string): string;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  readonly log: { error(fields: object, message: string): void };
}

/** What clients publish → commands and beats; every answer goes to the agent's own reply topic, after the commit. */
export function createInbound(deps: InboundDeps): TransportHandlers {
  const { coordinator } = deps;
  const repeats = new Repeats(deps.now);
  return {
    authenticate: (username, password) => coordinator.authenticate(username, password),
    isAgent: (name) => coordinator.agentIdOf(name) !== null,
    takeCommand: (message) => takeCommand(deps, repeats, message),
    takeHeartbeat: (message, will) => takeHeartbeat(deps, message, will),
    refusedPublish: (message) => refusedPublish(deps, message),
    listening: (agentId, _connection, has) => coordinator.listening(agentId, has),
    listeningToReplies: (agentId, has) => coordinator.listeningToReplies(agentId, has),
    delivered: (receipt) => coordinator.delivered(receipt),
  };
}

/** Resolves once the effect or the refusal, whose code it gives, is committed: that lets the PUBACK go. */
async function takeCommand(deps: InboundDeps, repeats: Repeats, message: InboundMessage): Promise<Code | null> {
  const agentId = deps.coordinator.agentIdOf(message.agent);
  if (agentId === null) {
    await record(deps, null, message, refuse('agent_not_found', `There is no active agent named ${message.agent}.`));
    return 'agent_not_found';
  }
  const reply = await (repeats.earlier(agentId, message) ?? take(deps, repeats, agentId, message));
  if (reply !== null) answerTo(deps, message.agent, reply);
  return reply?.error?.code ?? null;
}

async function take(deps: InboundDeps, repeats: Repeats, agentId: number, message: InboundMessage): Promise<Reply | null> {
  const leaf = message.leaf as CommandLeaf; // as: the transport hands over these leaves alone
  const command = judge(deps, agentId, leaf, message);
  if ('refused' in command) {
    await record(deps, agentId, message, command);
    const names = namesIn(message.payload.subarray(0, deps.maxPayloadBytes));
    return replyRefused(leaf, { ...command, task_id: names.task_id ?? null }, names.message_id);
  }
  if (command.type === 'sync') return deps.coordinator.sync(agentId, command.message_id);
  const request: Request = { command, principal: message.principal, channel: 'mqtt', origin: originOf(deps, message) };
  const reply = deps.coordinator.submit(request).then((outcome) => outcome.reply ?? (outcome.refused === true ? replyRefused(leaf, outcome) : null));
  if (!('message_id' in command) || command.message_id === undefined) repeats.keep(agentId, message, reply);
  return await reply; // not the promise: an async function takes three turns to pass one on
}

function judge(deps: InboundDeps, agentId: number, leaf: CommandLeaf, message: InboundMessage): ReturnType<typeof readCommand> {
  if (!deps.coordinator.admit(agentId))
    return refuse('rate_limited', 'Too many commands within one second; send it again in a moment.', { instruction: 'continue' });
  if (leaf === 'assign' && !isMainAgent(deps.coordinator.identityOf(agentId)))
    return refuse('forbidden', `${message.agent} is not a main agent and cannot delegate.`);
  if (message.payload.length > deps.maxPayloadBytes)
    return refuse('payload_too_large', `The payload has ${message.payload.length} bytes; at most ${deps.maxPayloadBytes} are taken.`, {
      instruction: 'continue',
    });
  return readCommand(leaf, message.payload, agentId);
}

/** Judged at once: a beat must not wait for a commit. */
function takeHeartbeat(deps: InboundDeps, message: InboundMessage, will: boolean): 'keep' | 'drop' {
  const agentId = deps.coordinator.agentIdOf(message.agent);
  if (agentId === null) return 'drop';
  const read =
    message.payload.length > deps.maxPayloadBytes
      ? refuse('payload_too_large', `A heartbeat has at most ${deps.maxPayloadBytes} bytes.`)
      : readBeat(deps, message.payload);
  if ('refused' in read) {
    record(deps, agentId, message, read).catch((error) => deps.log.error({ err: error }, 'a refused heartbeat was not kept'));
    if (!will) answerTo(deps, message.agent, replyRefused('heartbeat', read));
    return 'drop';
  }
  return deps.coordinator.heartbeat(agentId, read);
}

const isMainAgent = (identity: Identity | null): boolean => identity?.principal.kind === 'agent' && identity.principal.type === 'main_agent';

function readBeat({ mask }: InboundDeps, payload: Buffer): Beat | Refusal {
  if (payload.length === 0) return refuse('invalid_payload', 'An empty heartbeat says nothing; send {"status":"online"}.');
  const read = readHeartbeat(payload);
  if ('refused' in read) return read;
  const { status, session, interval_seconds } = read.beat;
  return { status, session: session ?? null, interval_seconds: interval_seconds ?? null, payload: mask(payload.toString('utf8')) };
}

async function refusedPublish(deps: InboundDeps, { principal, topic, payload }: Parameters<TransportHandlers['refusedPublish']>[0]): Promise<void> {
  const agentId = principal.kind === 'agent' ? principal.id : null;
  await record(deps, agentId, { principal, topic, payload }, refuse('forbidden', `${topic} is not yours to publish to.`));
}

/** Keeps what was refused before it became a command, unless this agent has had too many refused: then they are counted. */
async function record(
  deps: InboundDeps,
  agent_id: number | null,
  { principal, topic, payload }: Pick<InboundMessage, 'principal' | 'topic' | 'payload'>,
  refusal: Refusal,
): Promise<void> {
  if (!deps.coordinator.admitRefusal(agent_id)) return;
  await deps.coordinator.submit({
    command: { type: 'record_refusal', agent_id, topic, code: refusal.code, detail: refusal.detail, excerpt: excerptOf(payload.toString('utf8'), deps.mask) },
    principal,
    channel: 'mqtt',
  });
}

/** Made only where it is needed: few commands are refused. */
function originOf(deps: InboundDeps, { topic, payload }: InboundMessage): NonNullable<Request['origin']> {
  return {
    topic,
    get excerpt() {
      return excerptOf(payload.toString('utf8'), deps.mask);
    },
  };
}

function answerTo({ outbound, log }: InboundDeps, agent: string, reply: Reply): void {
  outbound.reply(agent, reply).catch((error) => log.error({ err: error, agent }, 'a reply was not published'));
}
