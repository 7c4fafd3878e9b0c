import Type from 'typebox';
import type { HttpDeps } from '#http/deps.ts';
import { invalid } from '#http/problem.ts';
import { pageBody, pageFields, pageOf } from '#http/query.ts';
import { missing, type router } from '#http/route.ts';
import { Page } from '#schemas/answers.ts';
import { Assignment } from '#schemas/resources.ts';
import { SentPing } from '#schemas/sent-ping.ts';

const Query = Type.Object(pageFields);

/** What an agent was given, and how it was pinged. */
export function agentHistoryRoutes(route: ReturnType<typeof router>, deps: HttpDeps): void {
  const { reads, history } = deps;
  route({
    method: 'GET',
    url: '/agents/:id/assignments',
    may: 'read_agent',
    thing: 'agent',
    query: Query,
    doc: {
      id: 'list_agent_assignments',
      tag: 'agents',
      summary: 'What was this agent given?',
      description: 'Newest first, open and closed ones.',
      answers: { 200: { description: 'A page of assignments', schema: Page(Assignment) } },
    },
    handle: async ({ id, query }) => {
      const page = pageOf('agentassignments', query);
      if ('pointer' in page) return invalid([page], 'The query');
      if ((await reads.agent(id)) === null) return missing('agent');
      return { body: pageBody('agentassignments', page.limit, await history.assignmentsOf(id, page)) };
    },
  });
  route({
    method: 'GET',
    url: '/agents/:id/pings',
    may: 'read_agent',
    thing: 'agent',
    query: Query,
    doc: {
      id: 'list_agent_pings',
      tag: 'agents',
      summary: 'How was this agent pinged, and when did it answer?',
      description:
        'Newest first: each attempt with its three receipts, published, delivered and answered. Of its newest 100 assignments, and of the open ones.',
      answers: { 200: { description: 'A page of pings', schema: Page(SentPing) } },
    },
    handle: async ({ id, query }) => {
      const page = pageOf('agentpings', query);
      if ('pointer' in page) return invalid([page], 'The query');
      if ((await reads.agent(id)) === null) return missing('agent');
      return { body: pageBody('agentpings', page.limit, await history.pingsOf(id, page)) };
    },
  });
}
