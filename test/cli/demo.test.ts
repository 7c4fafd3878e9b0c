import { readdir } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Event } from '#schemas/resources.ts';
import { temporaryDir } from '#test/support/config.ts';
import { until } from '#test/support/until.ts';
import { start } from './spawned.ts';

/** A minute at most (contract §7), and room for a busy machine. */
const LONG = 90_000;

let dir: Awaited<ReturnType<typeof temporaryDir>>;
beforeEach(async () => {
  dir = await temporaryDir();
});
afterEach(() => dir[Symbol.asyncDispose]());

test('tells the story to its end: an ack, a snooze running out, a stale heartbeat, an escalation to Ruto, a completion; nothing is lost', {
  timeout: LONG,
}, async () => {
  const began = performance.now();
  // A configuration that lies around must not lead the demo to real data.
  const { code, stdout, stderr } = await start(['demo'], dir.path, { TMPDIR: dir.path, DATA_DIR: '/nonexistent', HTTP_PORT: '1' }).ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(performance.now() - began).toBeLessThan(60_000);
  expect(stdout).toMatch(/^Dashboard: http:\/\/127\.0\.0\.1:\d+\//);
  expect(stdout).toMatch(/^ +[\d.]+s {2}ada +acknowledges #/m);
  expect(stdout).toMatch(/^ +[\d.]+s {2}chloe +snooze is over: #/m);
  expect(stdout).toMatch(/^ +[\d.]+s {2}dora +heartbeat is stale/m);
  expect(stdout).toMatch(/escalates from fritz \(timeout\) to Ruto$/m);
  expect(stdout).toMatch(/escalates from emil \(reported\) to Ruto$/m);
  expect(stdout).toMatch(/escalates from dora \(stale\) to Ruto$/m);
  expect(stdout).toMatch(/^ +[\d.]+s {2}ada +completes #/m);
  expect(stdout).toMatch(/12 of 12 tasks completed\n.*\n {2}lost: 0\n$/);
  expect(stdout).not.toContain('\u001b');
  expect(await readdir(dir.path)).toEqual([]);
});

test('--forever goes on until Ctrl-C, --json tells events line by line, and the data is thrown away', { timeout: LONG }, async () => {
  await using demo = start(['demo', '--forever', '--json'], dir.path, { TMPDIR: dir.path });
  await until('a completion', () => demo.stdout.includes('assignment.completed'), 30_000);
  expect(await readdir(dir.path)).toHaveLength(1);
  demo.child.kill('SIGINT');
  const { code, stdout, stderr } = await demo.ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const [first, ...rest] = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const { summary } = rest.pop();
  expect(first).toMatchObject({ page: expect.stringMatching(/^http:/) });
  const events: Event[] = rest;
  const count = (kind: string): number => events.filter((event) => event.kind === kind).length;
  // What was told and what the coordinator counts are the same trail.
  expect(summary).toMatchObject({ completed: count('assignment.completed'), tasks: count('task.created'), snoozes: count('assignment.snoozed'), lost: 0 });
  expect(summary.completed).toBeGreaterThan(0);
  expect(await readdir(dir.path)).toEqual([]);
});
