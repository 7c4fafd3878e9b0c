import { missing } from '#http/answer.ts';
import type { HttpDeps } from '#http/deps.ts';
import { PageOnly, pageAnswer } from '#http/page.ts';
import type { router } from '#http/route.ts';
import { Page } from '#schemas/answers.ts';
import { Assignment } from '#schemas/resources.ts';
import { SentPing } from '#schemas/sent-ping.ts';

/** What an agent was given, and how it was pinged. */
export function agentHistoryRoutes(route: ReturnType<typeof router>, deps: HttpDeps): void {
  const { reads, history } = deps;
  route({
    method: 'GET',
    url: '/agents/:id/assignments',
    may: 'read_agent',
    thing: 'agent',
    query: PageOnly,
    doc: {
      id: 'list_agent_assignments',
      tag: 'agents',
      summary: 'What was this agent given?',
      description: 'Newest first, open and closed ones.',
      answers: { 200: { description: 'A page of assignments', schema: Page(Assignment) } },
    },
    handle: ({ id, query }) =>
      pageAnswer('agentassignments', query, async (page) => ((await reads.agent(id)) === null ? missing('agent') : history.assignmentsOf(id, page))),
  });
  route({
    method: 'GET',
    url: '/agents/:id/pings',
    may: 'read_agent',
    thing: 'agent',
    query: PageOnly,
    doc: {
      id: 'list_agent_pings',
      tag: 'agents',
      summary: 'How was this agent pinged, and when did it answer?',
      description: 'Newest first: each attempt with its three receipts, published, delivered and answered.',
      answers: { 200: { description: 'A page of pings', schema: Page(SentPing) } },
    },
    handle: ({ id, query }) =>
      pageAnswer('agentpings', query, async (page) => ((await reads.agent(id)) === null ? missing('agent') : history.pingsOf(id, page))),
  });
}
