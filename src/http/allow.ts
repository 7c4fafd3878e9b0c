import type { FastifyInstance } from 'fastify';

interface Declared {
  readonly method: string;
  /** As declared: parameters are `:name`. */
  readonly url: string;
}

/** Every route declared after this call, HEAD aside, which answers as GET does. */
export function routesOf(app: FastifyInstance): readonly Declared[] {
  const routes: Declared[] = [];
  app.addHook('onRoute', ({ method, url }) => {
    for (const each of [method].flat()) if (each !== 'HEAD') routes.push({ method: each, url });
  });
  return routes;
}

/** Tells which methods the path of a request's URL takes, for 405 and its `Allow`. To be asked when every route has been declared. */
export function methodsByPath(routes: readonly Declared[]): (url: string) => string[] {
  let patterns: { readonly test: RegExp; readonly methods: readonly string[] }[] | null = null;
  return (url) => {
    patterns ??= routes.map((route) => ({ test: patternOf(route.url), methods: route.method === 'GET' ? ['GET', 'HEAD'] : [route.method] }));
    const path = url.split('?', 1)[0] ?? '';
    return [...new Set(patterns.filter(({ test }) => test.test(path)).flatMap(({ methods }) => methods))];
  };
}

function patternOf(url: string): RegExp {
  const source = url
    .replace(/:[a-z]+/g, '[^/]+')
    .replaceAll('.', '\\.')
    .replaceAll('*', '.+');
  return new RegExp(`^${source}/?$`);
}
