import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Socket } from 'node:net';
import type { MqttClient } from 'mqtt';

/** What the benchmarks have in common: a server in a process of its own, and how it is asked. */

export const ADMIN = 'bench-admin-token';

export interface ServerProcess {
  readonly child: ChildProcess;
  readonly http: string;
  readonly mqtt: string;
}

/** `mode`: see server.ts. Resolves when it listens. */
export async function startServer(mode: 'durable' | 'bare' | 'stock'): Promise<ServerProcess> {
  const child = fork(new URL('./server.ts', import.meta.url), [mode], { execArgv: process.execArgv, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const { http, mqtt } = await said<{ http: string; mqtt: string }>(child);
  return { child, http: http.replace(/\/$/, ''), mqtt };
}

/** The next message of this process, in the shape that its file says. */
export async function said<T>(child: ChildProcess): Promise<T> {
  const [message] = await once(child, 'message');
  return message as T; // as: both ends are in this folder
}

/** Resolves when it has ended. */
export async function stopServer({ child }: ServerProcess): Promise<void> {
  child.kill('SIGTERM');
  await once(child, 'exit');
}

/** As the admin; throws on anything but a 2xx. */
export async function request<T>(http: string, method: string, path: string, body?: object): Promise<T> {
  const response = await fetch(http + path, {
    method,
    headers: { authorization: `Bearer ${ADMIN}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T; // as: the caller knows what this path answers
}

/** USER_HZ of Linux. */
const TICKS_PER_SECOND = 100;

/** CPU time (user and system) of a process so far, in seconds (proc(5)). */
export function cpuOf({ pid }: ChildProcess): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** An ack would wait 35 ms for Nagle. */
export function sendAtOnce({ stream }: MqttClient): void {
  if (stream instanceof Socket) stream.setNoDelay(true);
}

/** For what a benchmark lets go by: warming up, and the time in which it measures. It decides nothing. */
export const pass = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
