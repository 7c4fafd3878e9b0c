import type { HttpDeps } from '#http/deps.ts';
import type { router } from '#http/route.ts';
import { Settings } from '#schemas/settings.ts';

/** How this coordinator is set up. */
export function settingsRoutes(route: ReturnType<typeof router>, deps: HttpDeps): void {
  route({
    method: 'GET',
    url: '/settings',
    may: 'read_settings',
    doc: {
      id: 'read_settings',
      tag: 'health',
      summary: 'What is in effect?',
      description:
        'Every variable with its value (secrets masked), the broker and the database in use, and what is listened on. A sub-agent has no need of it.',
      answers: { 200: { description: 'The settings', schema: Settings } },
    },
    handle: async () => ({ body: deps.settings() }),
  });
}
