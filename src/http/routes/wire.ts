import { missing } from '#http/answer.ts';
import { messageFor } from '#http/auth/access.ts';
import type { HttpDeps } from '#http/deps.ts';
import type { router } from '#http/route.ts';
import { AgentConnections, AgentMessages } from '#schemas/wire.ts';

const NO_MESSAGES: AgentMessages = { listening_since: null, messages: [], heartbeats: [] };
const NO_CONNECTIONS: AgentConnections = { listening_since: null, connected: [], stored: [], ended: [], refused: [] };

/** What went over an agent's wire lately, and its connections, as the broker sees them. */
export function wireRoutes(route: ReturnType<typeof router>, { reads, wire }: HttpDeps): void {
  route({
    method: 'GET',
    url: '/agents/:id/messages',
    may: 'read_wire',
    thing: 'agent',
    doc: {
      id: 'list_agent_messages',
      tag: 'agents',
      summary: 'What did this agent and the coordinator say to each other over MQTT?',
      description:
        'The last 20 raw messages below `agents/<name>/`, in and out, and the last 5 heartbeats, newest first: whatever was published, also what was ' +
        'refused or forbidden, also where nobody listened. Kept in memory since `listening_since` and nowhere else; the audit trail is `GET /events`. ' +
        'What others hear of it is not told.\n\n' +
        'A main agent is not shown payloads that were refused, or are not judged yet. On an external broker there is nothing to show, and ' +
        '`listening_since` is null.',
      answers: { 200: { description: 'The messages', schema: AgentMessages } },
    },
    handle: async ({ id, principal }) => {
      const agent = await reads.agent(id);
      if (agent === null) return missing('agent');
      const { listening_since, messages, heartbeats } = wire?.messagesOf(agent.resource.name) ?? NO_MESSAGES;
      const shown = (list: AgentMessages['messages']): AgentMessages['messages'] => list.map((message) => messageFor(principal, message));
      return { body: { listening_since, messages: shown(messages), heartbeats: shown(heartbeats) } };
    },
  });
  route({
    method: 'GET',
    url: '/agents/:id/connections',
    may: 'read_wire',
    thing: 'agent',
    doc: {
      id: 'list_agent_connections',
      tag: 'agents',
      summary: 'Is this agent connected over MQTT, and how?',
      description:
        'Its connections with what they subscribe to, the persistent sessions that wait for it, how its last connections ended, and which CONNECTs under ' +
        'its name were refused. A page of the dashboard that is logged in as this agent is among them. Past ones are kept in memory since ' +
        '`listening_since`. On an external broker there is nothing to show, and `listening_since` is null.',
      answers: { 200: { description: 'The connections', schema: AgentConnections } },
    },
    handle: async ({ id }) => {
      const agent = await reads.agent(id);
      return agent === null ? missing('agent') : { body: wire?.connectionsOf(agent.resource.name) ?? NO_CONNECTIONS };
    },
  });
}
