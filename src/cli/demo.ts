import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { Task } from '#schemas/resources.ts';
import type { App } from '#src/app.ts';
import { type Clock, systemClock } from '#src/clock.ts';
import { loadConfig } from '#src/config.ts';
import { Fleet } from './demo/fleet.ts';
import { giveTasks } from './demo/script.ts';
import { type Summary, summarize, summaryText } from './demo/summary.ts';
import { TEMPERS } from './demo/tempers.ts';
import { eventLines } from './event-lines.ts';
import { Failure, oneLine } from './failure.ts';
import type { Flags } from './flags.ts';
import { say, sayJson } from './output.ts';
import { Rest } from './rest.ts';
import { started } from './serve.ts';
import { follow, newestEvent, pause } from './trail.ts';
import { type Cli, type JsonOption, verb } from './verb.ts';

interface DemoOptions extends JsonOption {
  readonly forever?: boolean;
}

/** The story has to be over by then, whatever happened. */
const LONGEST_MS = 50_000;
const POLL_MS = 150;
const BETWEEN_ROUNDS_MS = 5_000;

/** Minutes become seconds. The environment and `.env` of a real installation do not reach in here; flags do, DATA_DIR aside. */
const SHORT: Flags = {
  MQTT_PORT: '0',
  HTTP_PORT: '0',
  LOG_LEVEL: 'error',
  DEFAULT_PING_INTERVAL_MINUTES: '0.06',
  DEFAULT_AGENT_TIMEOUT_MINUTES: '0.12',
  RUTO_TIMEOUT_MINUTES: '0.2',
  OFFLINE_GRACE_SECONDS: '3',
  RESTART_GRACE_SECONDS: '1',
  // One death among so few, with beats a second apart, is not to be taken for a broken network.
  MASS_STALE_PERCENT: '100',
};

/** `demo`: a coordinator and a fleet of its own, for half a minute or for ever. */
export function demoCommand(program: Command, cli: Cli): void {
  verb(program, 'demo', 'a live fleet with a silent agent: minutes become seconds, data is thrown away', ['demo', 'demo --forever', 'demo --json'])
    .option('--forever', 'go on until Ctrl-C')
    .addHelpText(
      'after',
      '\nIt takes free ports of its own, unless flags say which: --http-port 8000 --mqtt-port 1883. Environment variables and .env do not count here.',
    )
    .action((options: DemoOptions) => demo(cli, options));
}

async function demo(cli: Cli, options: DemoOptions): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'ping-system-demo-'));
  const token = `demo-${randomBytes(9).toString('base64url')}`;
  const stop = new AbortController();
  const end = (): void => (stop.signal.aborted ? process.exit(1) : stop.abort());
  process.on('SIGINT', end).on('SIGTERM', end);
  try {
    await using app = await started(
      loadConfig({ ...SHORT, ...cli.flags, DATA_DIR: dataDir, DATABASE_URL: '', MQTT_URL: '', API_AUTH_TOKEN: token }, {}, dataDir),
    );
    const summary = await play(app, token, stop, options);
    if (options.json) sayJson({ summary });
    else say(`\n${summaryText(summary)}`);
    if (summary.lost > 0) throw new Failure(`${summary.lost} tasks were lost`, { code: 'lost' });
  } finally {
    process.off('SIGINT', end).off('SIGTERM', end);
    await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function play(app: App, token: string, stop: AbortController, options: DemoOptions): Promise<Summary> {
  const clock = systemClock();
  const began = clock.monotonic();
  const address = (name: string): string => app.listeners.find((listener) => listener.name === name)?.url ?? '';
  const rest = new Rest(address('http').replace(/\/$/, ''), token);
  welcome({ page: `${rest.base}/`, mqtt: address('mqtt'), token }, options);
  const first = await newestEvent(rest);
  const report = (error: unknown): boolean => process.stderr.write(`demo: ${oneLine(error)}\n`);
  await using fleet = new Fleet({ rest, url: address('mqtt'), clock, signal: stop.signal, report });
  const ended = new AbortController();
  const telling = tell(rest, first, ended.signal, options);
  const given: number[] = [];
  try {
    await fleet.muster();
    const bound = options.forever ? () => {} : clock.after(LONGEST_MS, () => stop.abort());
    do {
      given.push(...(await giveTasks(rest, clock, stop.signal)));
      await settled(rest, clock, stop.signal);
      if (!options.forever) break;
      await pause(clock, BETWEEN_ROUNDS_MS, stop.signal);
      if (!stop.signal.aborted) await fleet.revive();
    } while (!stop.signal.aborted);
    bound();
    return await summarize(rest, given, (clock.monotonic() - began) / 1000);
  } finally {
    // What is committed by now is still told.
    await pause(clock, 2 * POLL_MS);
    ended.abort();
    await telling;
    stop.abort();
  }
}

function welcome(where: { readonly page: string; readonly mqtt: string; readonly token: string }, options: DemoOptions): void {
  if (options.json) return void sayJson(where);
  say(`Dashboard: ${where.page}  (token ${where.token})`);
  say(`MQTT: ${where.mqtt}  (user admin, the same token as password: it hears all of it)`);
  say(`Agents: ${TEMPERS.map(({ name, about }) => `${name} (${about})`).join(', ')}; Ruto takes what nobody finishes.\n`);
}

/** What only fills the page. */
const UNTOLD = ['agent.registered', 'agent.token_renewed', 'task.commented', 'task.updated'];

async function tell(rest: Rest, after: number, signal: AbortSignal, options: DemoOptions): Promise<void> {
  let began: number | null = null;
  const lineOf = eventLines(rest, ({ at }) => {
    const seconds = (Date.parse(at) - (began ?? 0)) / 1000;
    return `${seconds.toFixed(1).padStart(6)}s`;
  });
  for await (const event of follow(rest, after, signal, POLL_MS)) {
    began ??= Date.parse(event.at);
    if (options.json) sayJson(event);
    else if (!UNTOLD.includes(event.kind)) say(await lineOf(event));
  }
}

/** Until no task is open any more. */
async function settled(rest: Rest, clock: Clock, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const [todo, doing] = await Promise.all([rest.all<Task>('/tasks', { status: 'todo' }), rest.all<Task>('/tasks', { status: 'in_progress' })]);
    if (todo.length + doing.length === 0) return;
    await pause(clock, 2 * POLL_MS, signal);
  }
}
