import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { cookieIn } from '#http/auth/caller.ts';
import type { DescribedRoute } from '#http/operation.ts';
import { problem, sendProblem } from '#http/problem.ts';

/** Where `npm run build:dashboard` puts it: in the repository, and the same way from dist/src/http/routes in the published package. */
const DIST = resolve(import.meta.dirname, '..', '..', '..', 'dashboard', 'dist');
const ASSETS = join(DIST, 'ui', 'assets');

/** What a phone that keeps the page asks for by these very names: they may change. */
const KEPT = ['manifest.webmanifest', 'icon-192.png', 'icon-512.png'];

/** Its own files and nothing else: nothing inline, nothing from elsewhere (pictures may be data: the tab's icon shows a count). 'self' includes WebSockets. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; manifest-src 'self'; connect-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const PAGE: DescribedRoute = {
  id: 'dashboard',
  tag: 'live',
  summary: 'The dashboard, for people',
  description: 'The page itself is open to all; it asks for a token (`POST /session`) and then talks to this API and to `/ws`. Its screens are below `/ui/`.',
  security: [],
  answers: { 200: { description: 'The page', mediaType: 'text/html' }, 304: { description: 'It is as it was' } },
  refuses: ['not_ready', [412, 'conflict'], [416, 'invalid_payload']],
};
const NOT_BUILT = problem('not_ready', 'The dashboard is not built: npm run build:dashboard makes it. The API is here all the same; /docs describes it.');

/**
 * The dashboard: `/` and, for whoever asks for HTML, every address below `/ui/` are one page, which finds its screen by itself. What it loads
 * has the hash of its content in its name and never changes.
 */
export function dashboardRoutes(app: FastifyInstance): void {
  // The build has put compressed files beside the others.
  void app.register(fastifyStatic, { serve: false, root: DIST, dotfiles: 'deny', preCompressed: true, suppressWarning: true });
  app.get('/', { config: { operation: PAGE } }, async (request, reply) => sendPage(request, reply));
  // Trailing slashes are tolerated: this is `/ui/` as well.
  app.get('/ui', { config: { undocumented: 'leads to the dashboard' } }, async (_request, reply) => reply.redirect('/', 308));
  app.get('/ui/*', { config: { undocumented: 'screens and files of the dashboard' } }, async (request, reply) => {
    const { '*': path } = request.params as { '*': string }; // as: the route has this parameter
    if (path.startsWith('assets/')) return sendAsset(reply, path.slice('assets/'.length));
    if (KEPT.includes(path) && existsSync(join(DIST, 'ui', path)))
      return reply.header('cache-control', 'no-cache').sendFile(`ui/${path}`, { cacheControl: false });
    if (asksForHtml(request)) return sendPage(request, reply);
    return sendProblem(reply, problem('not_found', 'Screens of the dashboard are for whoever accepts text/html.'));
  });
}

const asksForHtml = ({ headers }: FastifyRequest): boolean => (headers.accept ?? '').includes('text/html');

/**
 * The page cannot see its own cookie, and a question that is answered 401 stands in red in the browser's console: Server-Timing, the one header
 * of a page that its scripts can read, tells it when it need not ask. Whether the cookie still opens anything is not looked up.
 */
function sendPage(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (!existsSync(join(DIST, 'index.html'))) return sendProblem(reply, NOT_BUILT);
  return reply
    .header('content-security-policy', POLICY)
    .header('cache-control', 'no-cache') // it names the files of one build: to be asked for each time, and cheaply, by its ETag
    .header('server-timing', `session;desc=${cookieIn(request) === null ? 'none' : 'cookie'}`)
    .sendFile('index.html', { cacheControl: false });
}

function sendAsset(reply: FastifyReply, file: string): FastifyReply {
  if (!/^[\w.-]+$/.test(file) || file.startsWith('.') || !existsSync(join(ASSETS, file))) {
    return sendProblem(reply, problem('not_found', 'The dashboard has no such file (any more): load the page again.'));
  }
  return reply.header('cache-control', 'public, max-age=31536000, immutable').sendFile(file, ASSETS, { cacheControl: false });
}
