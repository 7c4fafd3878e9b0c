import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { Spawned } from '#test/cli/spawned.ts';
import { temporaryDir } from '#test/support/config.ts';
import { findService } from '#test/support/services.ts';
import { until } from '#test/support/until.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const README = readFileSync(join(ROOT, 'README.md'), 'utf8');
const PROGRAMS = ['mosquitto_pub', 'mosquitto_sub'] as const;
const missing = PROGRAMS.some((program) => findService(program) === null) && process.env['REQUIRE_SERVICES'] !== '1';

/** The `sh` blocks of a chapter, in order. */
function blocks(chapter: string): string[] {
  const text = README.split(`\n## ${chapter}\n`)[1]?.split('\n## ')[0] ?? '';
  return [...text.matchAll(/```sh\n([\s\S]*?)```/g)].map((match) => match[1] ?? '');
}

/** A shell that a reader would have open: what is typed shares its variables, everything it prints is kept. */
class Shell {
  readonly #bash: ChildProcess;
  output = '';

  constructor(env: Record<string, string>) {
    this.#bash = spawn('bash', ['-i'], {
      cwd: ROOT,
      env: { PATH: process.env['PATH'] ?? '', PS1: '', ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
    });
    for (const stream of [this.#bash.stdout, this.#bash.stderr])
      stream?.on('data', (data) => {
        this.output += data;
      });
  }

  /** Types the block; resolves with what came until all of `evidence` was seen. */
  async type(block: string, evidence: readonly RegExp[]): Promise<string> {
    const from = this.output.length;
    this.#bash.stdin?.write(`${block}\n`);
    for (const sight of evidence) await until(`${sight} after:\n${block}\n${this.output.slice(from)}`, () => sight.test(this.output.slice(from)), 90_000);
    return this.output.slice(from);
  }

  end(): void {
    if (this.#bash.pid !== undefined) process.kill(-this.#bash.pid, 'SIGKILL'); // the group that was made for it
  }
}

/** npm passes SIGTERM on to the server below it; a SIGKILL it could not. */
class Served extends Spawned {
  override async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill('SIGTERM');
    await this.ended;
  }
}

const open: Shell[] = [];
afterAll(() => {
  for (const shell of open) shell.end();
});

/** What a reader sees after each block of the tour. */
const SIGHTS: readonly (readonly RegExp[])[] = [
  [],
  [],
  [/agents\/alice\/ping .*"kind":"assigned"/],
  [/agents\/alice\/reply .*"command":"ack".*"status":"acknowledged"/],
  [/"command":"snooze".*"status":"snoozed"/, /"kind":"snooze_over"/, /"kind":"reminder"/, /"command":"withdraw".*"instruction":"stop_work"/],
  [/Ruto/],
  [],
  [/completed[\s\S]*bob|bob[\s\S]*completed/],
];

test.skipIf(missing)('the tour works as written', { timeout: 400_000 }, async () => {
  await using dir = await temporaryDir();
  const data = join(dir.path, 'data');
  await using server = new Served('npm', ['start'], ROOT, { HOME: dir.path, DATA_DIR: data, HTTP_PORT: '0', MQTT_PORT: '0' });
  const [http, mqtt] = [await server.port('http'), await server.port('mqtt')];
  const shell = new Shell({ HOME: dir.path, DATA_DIR: data, HTTP_PORT: String(http), MQTT_PORT: String(mqtt) });
  open.push(shell);
  const tour = blocks('A five-minute tour');
  expect(tour).toHaveLength(SIGHTS.length);
  for (const [i, block] of tour.entries()) {
    const here = block.replaceAll(/mosquitto_(pub|sub) /g, `mosquitto_$1 -p ${mqtt} `);
    // computed, as the shell echoes what is typed before it is run
    await shell.type(`${here}\necho "block ${i} done: $((6 * 7))"`, [new RegExp(`block ${i} done: 42`), ...(SIGHTS[i] ?? [])]);
  }
  const [, ...curls] = (blocks('The API')[0] ?? '').trim().split('\n');
  expect(curls).toHaveLength(3);
  for (const line of curls) {
    const seen = await shell.type(`TOKEN=$(cat ${data}/admin-token); ${line.replaceAll('127.0.0.1:8000', `127.0.0.1:${http}`)}\necho "api done: $((6 * 7))"`, [
      /api done: 42/,
    ]);
    expect(seen).toContain('Water the plants');
  }
});
