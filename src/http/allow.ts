import type { FastifyInstance, FastifyRequest } from 'fastify';

/** Every route declared after this call, HEAD aside, which answers as GET does. */
export function routesOf(app: FastifyInstance): readonly { readonly method: string; readonly url: string }[] {
  const routes: { method: string; url: string }[] = [];
  app.addHook('onRoute', ({ method, url }) => {
    for (const each of [method].flat()) if (each !== 'HEAD') routes.push({ method: each, url });
  });
  return routes;
}

/** Remembers every route declared after this call; tells which methods a path has, for 405 and its `Allow`. */
export function methodsByPath(app: FastifyInstance): (request: FastifyRequest) => string[] {
  const patterns = new Map<string, { readonly test: RegExp; readonly methods: Set<string> }>();
  app.addHook('onRoute', ({ url, method }) => {
    const known = patterns.get(url) ?? {
      test: new RegExp(
        `^${url
          .replace(/:[a-z]+/g, '[^/]+')
          .replaceAll('.', '\\.')
          .replaceAll('*', '.+')}/?$`,
      ),
      methods: new Set(),
    };
    for (const each of [method].flat()) known.methods.add(each);
    patterns.set(url, known);
  });
  return (request) => {
    const path = request.url.split('?', 1)[0] ?? '';
    return [...new Set([...patterns.values()].filter(({ test }) => test.test(path)).flatMap(({ methods }) => [...methods]))];
  };
}
