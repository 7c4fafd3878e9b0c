import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { loadavg } from 'node:os';
import { type CDPSession, chromium, type Page } from 'playwright-core';
import { findService } from '#test/support/services.ts';
import { ADMIN, type ServerProcess, said, startServer, stopServer } from './server-process.ts';

/**
 * The dashboard under a large, busy fleet: agents that beat every 5 s and 50 events a second. A browser goes from screen to screen; counted are its long
 * tasks (over 50 ms on the main thread) and its heap after a collection. Server, agents and browser are processes of their own, on the same cores.
 *
 *   npm run bench -- dashboard [seconds] [agents] [tasks] [events a second] [one screen to stay on]
 *
 * With `PROFILE=1` the functions that took most of the main thread's time are listed for each screen.
 */
const [seconds = 300, agents = 1000, tasks = 2000, rate = 50] = process.argv.slice(2, 6).map(Number);
const only = process.argv[6];
const ROUNDS = 3;
const LONG_MS = 200;
const SCREENS: Readonly<Record<string, string>> = {
  overview: '/',
  'fleet, cards': '/ui/fleet?view=cards',
  'fleet, list': '/ui/fleet?view=list',
  'tasks, board': '/ui/tasks?view=board',
  'tasks, list': '/ui/tasks?view=list',
  events: '/ui/events',
  traffic: '/ui/traffic',
};

interface Stay {
  readonly screen: string;
  readonly long: readonly number[];
  /** What the hungriest task took of a core, ms: unlike a long task's length, it does not grow with whatever else the machine does. */
  readonly cpuMs: number;
  readonly heapMb: number;
  readonly nodes: number;
  /** Share of the time in which the main thread was busy. */
  readonly busy: number;
  /** Of that time, the share in which it had a core: below 1, others were in the way, and long tasks are that much shorter on a machine of one's own. */
  readonly core: number;
  readonly load: number;
  readonly top: readonly string[];
}

async function started(): Promise<{ server: ServerProcess; load: ChildProcess }> {
  const server = await startServer('durable');
  const { http, mqtt } = server;
  const load = fork(new URL('./dashboard-load.ts', import.meta.url), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  load.send({ http, mqtt, agents, tasks, rate });
  await once(load, 'message');
  return { server, load };
}

/** In the page: long tasks are kept with their beginning, and what our own collections took is told apart by when they were. */
const WATCH = `
  window.__long = [];
  new PerformanceObserver((list) => { for (const { startTime, duration } of list.getEntries()) window.__long.push([startTime, duration]); })
    .observe({ type: 'longtask', buffered: true });
`;

async function heapOf(cdp: CDPSession): Promise<number> {
  await cdp.send('HeapProfiler.collectGarbage');
  return (await cdp.send('Runtime.getHeapUsage')).usedSize / 1e6;
}

async function metric(cdp: CDPSession, name: string): Promise<number> {
  return (await cdp.send('Performance.getMetrics')).metrics.find((each) => each.name === name)?.value ?? 0;
}

/** To a screen the way people go there: without loading the page anew. */
async function goTo(page: Page, path: string): Promise<void> {
  await page.evaluate(`history.pushState(null, '', ${JSON.stringify(path)}); dispatchEvent(new PopStateEvent('popstate'));`);
  await page.locator('main h1').first().waitFor();
}

interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  /** Thread time, µs. */
  readonly tdur?: number;
  readonly args?: { readonly name?: string };
}

/** Runs, and gives what the hungriest task of the page's main thread meanwhile took of a core, ms. */
async function hungriest(cdp: CDPSession, run: () => Promise<void>): Promise<number> {
  const events: TraceEvent[] = [];
  const take = ({ value }: { value: object[] }): void => void events.push(...(value as TraceEvent[])); // as: trace events are these
  cdp.on('Tracing.dataCollected', take);
  await cdp.send('Tracing.start', { transferMode: 'ReportEvents', traceConfig: { includedCategories: ['toplevel'] } });
  await run();
  const isOver = new Promise((resolve) => cdp.once('Tracing.tracingComplete', resolve));
  await cdp.send('Tracing.end');
  await isOver;
  cdp.off('Tracing.dataCollected', take);
  const mains = new Set(events.filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain').map(({ pid, tid }) => `${pid} ${tid}`));
  return events.reduce((most, { pid, tid, tdur = 0 }) => (mains.has(`${pid} ${tid}`) ? Math.max(most, tdur / 1000) : most), 0);
}

async function stay(page: Page, cdp: CDPSession, screen: string, ms: number): Promise<Stay> {
  await page.evaluate('window.__long.length = 0');
  const [busyBefore, cpuBefore, began] = [await metric(cdp, 'TaskDuration'), await metric(cdp, 'ThreadTime'), performance.now()];
  if (process.env['PROFILE'] !== undefined) await cdp.send('Profiler.start');
  const cpuMs = await hungriest(cdp, async () => {
    await goTo(page, SCREENS[screen] ?? '/');
    await page.waitForTimeout(ms / 2);
    await page.mouse.wheel(0, 4000);
    await page.waitForTimeout(ms / 2);
  });
  const top = process.env['PROFILE'] === undefined ? [] : busiest((await cdp.send('Profiler.stop')).profile);
  const busy = (await metric(cdp, 'TaskDuration')) - busyBefore;
  const cpu = (await metric(cdp, 'ThreadTime')) - cpuBefore;
  const took = (performance.now() - began) / 1000;
  const long = ((await page.evaluate('window.__long')) as [number, number][]).map(([, duration]) => duration); // as: WATCH writes pairs
  const [heapMb, nodes] = [await heapOf(cdp), await metric(cdp, 'Nodes')];
  return { screen, long, cpuMs, heapMb, nodes, busy: busy / took, core: cpu / busy, load: loadavg()[0] ?? 0, top };
}

type Profile = Awaited<ReturnType<CDPSession['send']>> extends never ? never : { nodes: ProfileNode[]; samples?: number[]; timeDeltas?: number[] };
interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number; readonly columnNumber: number };
}

/** Where the samples fell, most first. */
function busiest({ nodes, samples = [], timeDeltas = [] }: Profile): string[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const spent = new Map<string, number>();
  samples.forEach((id, i) => {
    const { functionName, url, lineNumber, columnNumber } = byId.get(id)?.callFrame ?? { functionName: '?', url: '', lineNumber: 0, columnNumber: 0 };
    const name = `${functionName || '(anonymous)'} ${url.split('/').at(-1)}:${lineNumber + 1}:${columnNumber + 1}`;
    spent.set(name, (spent.get(name) ?? 0) + (timeDeltas[i] ?? 0) / 1000);
  });
  return [...spent]
    .filter(([name]) => !name.startsWith('(idle)'))
    .sort(([, a], [, b]) => b - a)
    .slice(0, 12)
    .map(([name, ms]) => `${ms.toFixed(0)} ms ${name}`);
}

const median = (list: readonly number[]): number => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] ?? 0;

function print(at: number, { screen, long, cpuMs, heapMb, nodes, busy, core, load, top }: Stay): void {
  const worst = Math.max(0, ...long);
  console.log(
    [
      `${at.toFixed(0)} s`.padStart(6),
      screen.padEnd(13),
      `${long.length} long`.padStart(8),
      `worst ${worst.toFixed(0)} ms`.padStart(14),
      `${cpuMs.toFixed(0)} ms of a core`.padStart(16),
      `heap ${heapMb.toFixed(1)} MB`.padStart(13),
      `${nodes} nodes`.padStart(12),
      `main thread ${(100 * busy).toFixed(0)} %`.padStart(17),
      `on a core ${(100 * core).toFixed(0)} %`.padStart(14),
      `load ${load.toFixed(1)}`,
    ].join('  '),
  );
  for (const line of top) console.log(`        ${line}`);
}

async function sentBy(load: ChildProcess): Promise<number> {
  load.send({});
  return (await said<{ sent: number }>(load)).sent;
}

const { server, load } = await started();
const browser = await chromium.launch({ executablePath: findService('chromium') ?? '', args: ['--no-sandbox', '--disable-gpu', '--no-first-run'] });
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  page.on('pageerror', (error) => console.log(`page: ${error.message}`));
  await page.addInitScript(WATCH);
  await page.goto(server.http);
  await page.getByLabel('Token').fill(ADMIN);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.locator('[data-state="live"]').first().waitFor();
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('Performance.enable');
  await cdp.send('Profiler.enable');
  console.log(`${agents} agents, ${tasks} open tasks, ${rate} events/s, ${seconds} s`);
  const round = only === undefined ? Object.keys(SCREENS) : [only];
  const stays: Stay[] = [];
  const [count, began, before] = [only === undefined ? ROUNDS * round.length : Math.ceil(seconds / 15), performance.now(), await sentBy(load)];
  for (let i = 0; i < count; i += 1) {
    const done = await stay(page, cdp, round[i % round.length] ?? '', (seconds * 1000) / count);
    stays.push(done);
    print((performance.now() - began) / 1000, done);
  }
  const events = ((await sentBy(load)) - before) / ((performance.now() - began) / 1000);
  // The first minute (or round) fills what is bounded; flat is what does not grow after it.
  const part = only === undefined ? round.length : Math.max(1, Math.round(count / 5));
  const [second, last] = [median(stays.slice(part, 2 * part).map(({ heapMb }) => heapMb)), median(stays.slice(-part).map(({ heapMb }) => heapMb))];
  const worst = Math.max(0, ...stays.flatMap(({ long }) => long));
  const hungry = Math.max(...stays.map(({ cpuMs }) => cpuMs));
  const all = stays.flatMap(({ long }) => long);
  console.log(
    `${events.toFixed(1)} events/s; ${all.length} tasks over 50 ms, worst ${worst.toFixed(0)} ms; the hungriest took ${hungry.toFixed(0)} ms of a core (aim: under ${LONG_MS} ms)`,
  );
  console.log(
    `heap: ${second.toFixed(1)} MB in the second part, ${last.toFixed(1)} MB in the last: ${(100 * (last / second - 1)).toFixed(1)} % (aim: within 10 %)`,
  );
} finally {
  await browser.close();
  load.disconnect();
  await stopServer(server);
}
