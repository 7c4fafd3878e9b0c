import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { until } from '#test/support/until.ts';

const MAIN = resolve(import.meta.dirname, '../../src/main.ts');

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A process of ours that runs; what it wrote so far. */
export class Spawned {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  stdout = '';
  stderr = '';

  constructor(command: string, args: readonly string[], cwd: string, env: Readonly<Record<string, string>>) {
    this.child = spawn(command, args, { cwd, env: { PATH: process.env['PATH'] ?? '', HOME: cwd, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    this.child.stdout?.on('data', (data) => {
      this.stdout += data;
    });
    this.child.stderr?.on('data', (data) => {
      this.stderr += data;
    });
    this.ended = once(this.child, 'close').then(([code]) => ({ code, stdout: this.stdout, stderr: this.stderr }));
  }

  /** The real port of a listener, once the ready line is there. */
  async port(name: 'http' | 'mqtt'): Promise<number> {
    await until(
      'the ready line',
      () => {
        if (this.child.exitCode !== null) throw new Error(`it ended with ${this.child.exitCode}: ${this.stderr}`);
        return /^ready/m.test(this.stdout);
      },
      20_000,
    );
    const url = new RegExp(`^${name} (\\S+)$`, 'm').exec(this.stdout)?.[1];
    if (url === undefined) throw new Error(`no listener ${name} in ${this.stdout}`);
    return Number(new URL(url).port);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill('SIGKILL');
    await this.ended;
  }
}

/** `ping-system …` in a directory of its own, without the caller's environment. */
export const start = (args: readonly string[], cwd: string, env: Readonly<Record<string, string>> = {}): Spawned =>
  new Spawned(process.execPath, ['--disable-warning=ExperimentalWarning', MAIN, ...args], cwd, env);

export const serve = (cwd: string, more: readonly string[] = []): Spawned =>
  start(['serve', '--http-port', '0', '--mqtt-port', '0', '--data-dir', join(cwd, 'data'), '--log-level', 'error', ...more], cwd);
