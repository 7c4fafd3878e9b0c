import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type HttpFixture, startHttp } from './fixture.ts';

let http: HttpFixture;
beforeAll(async () => {
  http = await startHttp();
});
afterAll(() => http.close());

const asPerson = { accept: 'text/html,application/xhtml+xml' };
const page = () => http.ask('none', 'GET', '/', undefined, asPerson);

describe('the files of the dashboard', () => {
  test('one page for its addresses, which runs nothing inline and loads nothing from elsewhere', async () => {
    const first = await page();
    expect([first.status, first.headers.get('content-type'), first.headers.get('cache-control')]).toEqual([200, 'text/html; charset=utf-8', 'no-cache']);
    const policy = first.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
    expect(policy).not.toContain('unsafe');
    expect(first.text).not.toMatch(/<script(?![^>]* src="\/ui\/assets\/)|<style|https?:\/\//);
    for (const address of ['/ui/fleet', '/ui/tasks/7', '/ui/events?kind=agent.stale']) {
      expect(await (await fetch(http.url + address, { headers: asPerson })).text(), address).toBe(first.text);
    }
    // Left alone, fetch asks caches and servers for a fresh copy.
    const again = await http.ask('none', 'GET', '/', undefined, {
      ...asPerson,
      'cache-control': 'max-age=0',
      'if-none-match': first.headers.get('etag') ?? '',
    });
    expect(again.status).toBe(304);
  });

  test('what is typed by heart leads there', async () => {
    for (const address of ['/ui', '/ui/']) {
      const answer = await fetch(http.url + address, { headers: asPerson });
      expect([answer.status, new URL(answer.url).pathname, answer.headers.get('content-type')], address).toEqual([200, '/', 'text/html; charset=utf-8']);
    }
  });

  test('the page is told whether it came with a cookie, and that alone: also where it is as it was', async () => {
    const told = async (headers: Record<string, string>) => {
      const { status, headers: answer } = await http.ask('none', 'GET', '/', undefined, { ...asPerson, 'cache-control': 'max-age=0', ...headers });
      return [status, answer.get('server-timing')];
    };
    const cookie = `ping_session_${new URL(http.url).port}=${'x'.repeat(43)}`;
    const etag = (await page()).headers.get('etag') ?? '';
    expect(await told({})).toEqual([200, 'session;desc=none']);
    expect(await told({ cookie: 'theme=dark' })).toEqual([200, 'session;desc=none']);
    expect(await told({ cookie })).toEqual([200, 'session;desc=cookie']);
    expect(await told({ cookie, 'if-none-match': etag })).toEqual([304, 'session;desc=cookie']);
  });

  test('can be put on a home screen: a manifest and its pictures, which the policy lets through', async () => {
    const { text, headers } = await page();
    for (const source of ["font-src 'self'", "manifest-src 'self'", "img-src 'self' data:"]) expect(headers.get('content-security-policy')).toContain(source);
    const manifest = await fetch(http.url + (/rel="manifest" href="([^"]+)"/.exec(text)?.[1] ?? ''));
    expect([manifest.status, manifest.headers.get('content-type'), manifest.headers.get('cache-control')]).toEqual([
      200,
      'application/manifest+json',
      'no-cache',
    ]);
    const { icons, start_url } = (await manifest.json()) as { icons: { src: string; sizes: string }[]; start_url: string }; // as: looked at below
    expect([start_url, icons.map(({ sizes }) => sizes)]).toEqual(['/', ['192x192', '512x512', '512x512']]);
    for (const { src, sizes } of icons) {
      const picture = Buffer.from(await (await fetch(new URL(src, manifest.url))).arrayBuffer());
      expect([picture.toString('latin1', 1, 4), `${picture.readUInt32BE(16)}x${picture.readUInt32BE(20)}`]).toEqual(['PNG', sizes]);
    }
    const [font = ''] = /\/ui\/assets\/[^"]+\.woff2/.exec(text) ?? [];
    const answer = await fetch(http.url + font);
    expect([answer.status, answer.headers.get('content-type'), answer.headers.get('cache-control')]).toEqual([
      200,
      'font/woff2',
      'public, max-age=31536000, immutable',
    ]);
  });

  test('programs do not get the page for what is not there', async () => {
    for (const [address, headers] of [
      ['/ui/fleet', {}],
      ['/ui/fleet', { accept: 'application/json' }],
      ['/ui/assets/none.js', asPerson],
      ['/ui/assets/..%2findex.html', asPerson],
      ['/ui/assets/%2e%2e/%2e%2e/index.html', asPerson],
      ['/nowhere', asPerson],
    ] as const) {
      const { status, headers: got } = await http.ask('none', 'GET', address, undefined, headers);
      expect([status, got.get('content-type')], address).toEqual([404, 'application/problem+json; charset=utf-8']);
    }
  });

  test('scripts and styles are kept for good, as their names change with them, and come compressed', async () => {
    const files = [...(await page()).text.matchAll(/(?:src|href)="(\/ui\/assets\/[^"]+\.(?:js|css))"/g)].map(([, file = '']) => file);
    expect(files.length).toBeGreaterThan(1);
    for (const file of files) {
      const plain = await fetch(http.url + file, { headers: { 'accept-encoding': 'identity' } });
      expect([plain.status, plain.headers.get('cache-control')], file).toEqual([200, 'public, max-age=31536000, immutable']);
      const text = await plain.text();
      for (const coding of ['br', 'gzip']) {
        const answer = await fetch(http.url + file, { headers: { 'accept-encoding': coding } });
        expect([answer.headers.get('content-encoding'), answer.headers.get('vary')], file).toEqual([coding, 'accept-encoding']);
        expect(await answer.text()).toBe(text);
        expect(Number(answer.headers.get('content-length'))).toBeLessThan(text.length / 2);
      }
    }
  });
});
