import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { temporaryDir } from '#test/support/config.ts';
import { type Spawned, serve, start } from './spawned.ts';

let dir: Awaited<ReturnType<typeof temporaryDir>>;
let server: Spawned;
let port: number;
beforeAll(async () => {
  dir = await temporaryDir();
  server = serve(dir.path);
  port = await server.port('http');
  for (const args of [
    ['agent', 'add', 'alice', '--capability', 'typescript', '--max-concurrent', '9'],
    ['agent', 'add', 'bob', '--capability', 'prose'],
    ['task', 'add', 'low', '--priority', '-2', '--agent', 'alice'],
    ['task', 'add', 'high', '--priority', '7', '--agent', 'alice'],
    ['task', 'add', 'later', '--no-ping', '--deadline', '2099-01-31T12:00:00Z'],
  ])
    await text(...args);
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await dir[Symbol.asyncDispose]();
});

async function text(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await start([...args, '--http-port', String(port)], dir.path, { DATA_DIR: join(dir.path, 'data') }).ended;
  expect({ code, stderr }, args.join(' ')).toEqual({ code: 0, stderr: '' });
  return stdout;
}
const names = async (...args: string[]): Promise<string[]> => JSON.parse(await text(...args, '--json')).items.map(({ name }: { name: string }) => name);

test('task list: in any order, and filtered', async () => {
  expect(await names('task', 'list')).toEqual(['later', 'high', 'low']);
  expect(await names('task', 'list', '--sort', '-priority')).toEqual(['high', 'later', 'low']);
  expect(await names('task', 'list', '--sort', 'deadline', '--status', 'todo')).toEqual(['later', 'low', 'high']);
  expect(await names('task', 'list', '--agent', 'alice', '-q', 'HI')).toEqual(['high']);
  expect(await names('task', 'list', '--needs-attention')).toEqual([]);
  expect(await text('task', 'list', '-q', 'nothing like it')).toBe('No task matches. All of them: ping-system task list\n');
});

test('agent list: by status, type, capability and name', async () => {
  expect(await names('agent', 'list', '--status', 'busy')).toEqual(['alice']);
  expect(await names('agent', 'list', '--type', 'main_agent')).toEqual(['Ruto']);
  expect(await names('agent', 'list', '--capability', 'prose', '-q', 'o')).toEqual(['bob']);
  expect(await text('agent', 'list', '--status', 'working')).toBe('No agent matches. All of them: ping-system agent list\n');
});

test('task why: what comes next, who was looked at, and what happens if nobody answers', async () => {
  const out = await text('task', 'why', '2');
  expect(out).toMatch(/^Task 2\nNext: \d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ {2}alice is pinged again\n/);
  expect(out).toMatch(/\n\nEscalation chain, in order\n {2}AGENT +PASSED OVER BECAUSE\n {2}Ruto +can take it\n/);
  expect(out).toMatch(/\n\nIf nobody ever answers\n( {2}\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ {2}.+\n)+$/);
  expect(out).toMatch(/Z {2}alice is pinged about it \(reminder, attempt 2\)\n/);
  expect(out).toMatch(/Z {2}alice gave no answer in time about it\n/);
  expect(out).toMatch(/Z {2}it escalates from alice \(timeout\) to Ruto\n/);
  expect(out).toMatch(/Z {2}Ruto gets it \(escalated\)\n/);
  expect(out).toMatch(/Z {2}a person is needed for it: main agent silent \(Ruto\)\n$/);
  const { if_nobody_answers } = JSON.parse(await text('task', 'why', '2', '--json'));
  expect(if_nobody_answers[0]).toEqual({ at: expect.any(String), event: 'assignment.pinged', agent: 'alice', data: { kind: 'reminder', attempt: 2 } });
});

test('events: the newest, in the order in which they happened', async () => {
  expect(await text('events', '--task', '2', '--kind', 'task.*')).toMatch(/^\S+ \S+Z {2}admin +new task #2 high\n$/);
  const kinds = JSON.parse(await text('events', '--limit', '3', '--json')).items;
  expect(kinds).toHaveLength(3);
  expect(kinds.map(({ id }: { id: number }) => id)).toEqual(kinds.map(({ id }: { id: number }) => id).toSorted((a: number, b: number) => a - b));
  expect(await text('events', '--kind', 'message.refused')).toBe('No event matches.\n');
});
