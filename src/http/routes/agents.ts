import Type from 'typebox';
import { type Answer, resourceAnswer } from '#http/answer.ts';
import { ownRowsOf } from '#http/auth/access.ts';
import type { HttpDeps } from '#http/deps.ts';
import { endpointFault } from '#http/endpoint.ts';
import { ifRevisionOf } from '#http/etag.ts';
import { pageAnswer, pageFields } from '#http/page.ts';
import { invalid, isProblem, type Problem } from '#http/problem.ts';
import type { Call, router } from '#http/route.ts';
import { commit, idOfMade, settledConflict } from '#http/submit.ts';
import { Page } from '#schemas/answers.ts';
import { Agent, AgentChanged, AgentCreate, AgentCreated, AgentDone, AgentPatch, AgentToken } from '#schemas/resources.ts';
import { AGENT_STATUSES, AGENT_TYPES } from '#schemas/vocabulary.ts';
import { hashOf, newAgentToken, newWebhookSecret, tokenIdOf } from '#storage/secrets.ts';

const AgentsQuery = Type.Object({
  is_active: Type.Optional(Type.Enum(['true', 'false', 'any'])),
  status: Type.Optional(Type.Enum([...AGENT_STATUSES])),
  type: Type.Optional(Type.Enum([...AGENT_TYPES])),
  capability: Type.Optional(Type.String({ minLength: 1, maxLength: 128, description: 'Has it, among others' })),
  q: Type.Optional(Type.String({ maxLength: 200, description: 'Part of the name' })),
  ...pageFields,
});

/** Registration, the list of agents, and one agent. */
export function agentRoutes(route: ReturnType<typeof router>, deps: HttpDeps): void {
  route({
    method: 'POST',
    url: '/agents',
    once: true,
    may: 'register_agent',
    body: AgentCreate,
    doc: {
      id: 'register_agent',
      tag: 'agents',
      summary: 'Register an agent',
      description: 'The token and the webhook secret are in this answer and in no other.',
      answers: { 201: { description: 'Registered', schema: AgentCreated, headers: ['etag', 'location'] } },
      refuses: ['agent_exists'],
    },
    handle: (call) => register(deps, call),
  });
  route({
    method: 'GET',
    url: '/agents',
    may: 'list_agents',
    query: AgentsQuery,
    doc: {
      id: 'list_agents',
      tag: 'agents',
      summary: 'List agents',
      description: 'By id, the active ones unless is_active says otherwise.',
      answers: { 200: { description: 'A page of agents', schema: Page(Agent) } },
    },
    handle: ({ principal, query }) => {
      const { status, type, capability, q } = query;
      const is_active = query.is_active === 'any' ? null : query.is_active !== 'false';
      const filter = { is_active, status, type, capability, q, only: ownRowsOf(principal, 'list_agents') };
      return pageAnswer('agents', query, (page) => deps.reads.agents(filter, page));
    },
  });
  oneAgent(route, deps);
}

function oneAgent(route: ReturnType<typeof router>, deps: HttpDeps): void {
  const answers = { 200: { description: 'The agent', schema: Agent, headers: ['etag'] } } as const;
  route({
    method: 'GET',
    url: '/agents/:id',
    may: 'read_agent',
    thing: 'agent',
    doc: { id: 'read_agent', tag: 'agents', summary: 'Read an agent', answers },
    handle: async ({ id }) => resourceAnswer(await deps.reads.agent(id), 'agent'),
  });
  route({
    method: 'PATCH',
    url: '/agents/:id',
    may: 'change_agent',
    thing: 'agent',
    body: AgentPatch,
    doc: {
      id: 'change_agent',
      tag: 'agents',
      summary: 'Change an agent',
      answers: { 200: { ...answers[200], schema: AgentChanged } },
      refuses: ['conflict', [412, 'conflict']],
      takes: ['if-match'],
    },
    handle: (call) => change(deps, call),
  });
  route({
    method: 'DELETE',
    url: '/agents/:id',
    may: 'change_agent',
    thing: 'agent',
    doc: {
      id: 'deactivate_agent',
      tag: 'agents',
      summary: 'Deactivate an agent',
      description: 'Its open work is escalated, its MQTT sessions are closed, its history stays. The main agent Ruto cannot be deactivated.',
      answers: { 200: { description: 'Deactivated', schema: AgentDone } },
      refuses: ['conflict'],
    },
    handle: (call) => deactivate(deps, call),
  });
  route({
    method: 'POST',
    url: '/agents/:id/token',
    once: true,
    may: 'change_agent',
    thing: 'agent',
    doc: {
      id: 'renew_agent_token',
      tag: 'agents',
      summary: 'Give an agent a new token',
      description: 'The old one stops working at once, and its MQTT sessions are closed.',
      answers: { 200: { description: 'The new token', schema: AgentToken } },
    },
    handle: (call) => renewToken(deps, call),
  });
}

async function register(deps: HttpDeps, { principal, body }: Call<AgentCreate, unknown>): Promise<Answer | Problem> {
  const wrong = endpointProblem(deps, body.endpoint_url);
  if (wrong !== null) return wrong;
  const secrets = { token: newAgentToken(), webhook_secret: newWebhookSecret() };
  const done = await commit(deps, principal, {
    type: 'register_agent',
    name: body.name,
    agent_type: body.type ?? 'sub_agent',
    capabilities: body.capabilities ?? [],
    endpoint_url: body.endpoint_url ?? null,
    timeout_minutes: body.timeout_minutes,
    max_concurrent: body.max_concurrent ?? 1,
    token_hash: hashOf(secrets.token),
    webhook_secret: secrets.webhook_secret,
  });
  if (isProblem(done)) return done;
  const id = idOfMade(done.agent);
  const message = done.message ?? `Agent ${body.name} is registered. Keep the token: it is not shown again.`;
  const told = { message, agent_id: id, ...secrets };
  return resourceAnswer(await deps.reads.agent(id), 'agent', told, { status: 201, headers: { location: `/agents/${id}` } });
}

async function change(deps: HttpDeps, { principal, id, body, ifMatch }: Call<AgentPatch, unknown>): Promise<Answer | Problem> {
  const wrong = endpointProblem(deps, body.endpoint_url);
  if (wrong !== null) return wrong;
  const revision = async () => (await deps.reads.agent(id))?.revision;
  const if_revision = await ifRevisionOf(ifMatch, revision);
  const { capabilities, endpoint_url, timeout_minutes, max_concurrent, is_active } = body;
  const done = await commit(deps, principal, {
    type: 'update_agent',
    agent_id: id,
    capabilities,
    endpoint_url,
    timeout_minutes,
    max_concurrent,
    is_active,
    if_revision,
  });
  if (isProblem(done)) return settledConflict(done, if_revision, revision);
  return resourceAnswer(await deps.reads.agent(id), 'agent', { message: done.message ?? 'Agent updated', agent_id: id });
}

async function deactivate(deps: HttpDeps, { principal, id }: Call<unknown, unknown>): Promise<Answer | Problem> {
  const done = await commit(deps, principal, { type: 'update_agent', agent_id: id, is_active: false });
  if (isProblem(done)) return done;
  return { body: { message: done.message ?? `Agent ${done.agent?.name ?? id} is deactivated; its history stays.`, agent_id: id } };
}

async function renewToken(deps: HttpDeps, { principal, id }: Call<unknown, unknown>): Promise<Answer | Problem> {
  const token = newAgentToken();
  const done = await commit(deps, principal, { type: 'renew_token', agent_id: id, token_hash: hashOf(token) });
  if (isProblem(done)) return done;
  return {
    body: {
      agent_id: id,
      name: done.agent?.name,
      token,
      token_id: tokenIdOf(hashOf(token)),
      message: done.message ?? 'The old token stopped working. Keep this one: it is not shown again.',
    },
  };
}

function endpointProblem(deps: HttpDeps, url: string | null | undefined): Problem | null {
  const fault = typeof url === 'string' ? endpointFault(url, deps.allowPrivateEndpoints) : null;
  return fault === null ? null : invalid([{ pointer: '/endpoint_url', message: fault }]);
}
