import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { temporaryDir } from '#test/support/config.ts';
import { start } from './spawned.ts';

let dir: Awaited<ReturnType<typeof temporaryDir>>;
const scripts: Record<string, string> = {};
beforeAll(async () => {
  dir = await temporaryDir();
  for (const shell of ['bash', 'zsh', 'fish']) {
    const { code, stdout, stderr } = await start(['completion', shell], dir.path).ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    scripts[shell] = stdout;
    writeFileSync(join(dir.path, shell), stdout);
  }
});
afterAll(() => dir[Symbol.asyncDispose]());

/** What bash offers once this is typed; the last word is the one being completed. */
function offered(...words: string[]): string[] {
  const typed = ['ping-system', ...words].map((word) => `'${word}'`).join(' ');
  const script = `source '${join(dir.path, 'bash')}'; COMP_WORDS=(${typed}); COMP_CWORD=${words.length}; _ping_system; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync('bash', ['-u', '-c', script], { encoding: 'utf8' })
    .split('\n')
    .filter((word) => word !== '');
}

describe('bash', () => {
  test('commands and the verbs of a group', () => {
    expect(offered('')).toEqual(expect.arrayContaining(['serve', 'agent', 'task', 'watch', 'completion', '--version']));
    expect(offered('ta')).toEqual(['task']);
    expect(offered('task', '')).toEqual(['add', 'list', 'show', 'why', 'assign', 'cancel', '--help']);
    expect(offered('completion', '')).toEqual(expect.arrayContaining(['bash', 'zsh', 'fish']));
  });

  test('options of the verb that stands there, and their values', () => {
    expect(offered('task', 'list', '--s')).toEqual(['--status', '--sort']);
    expect(offered('task', 'list', '--status', '')).toEqual(['todo', 'in_progress', 'done', 'cancelled']);
    expect(offered('task', 'list', '--status', 'done', '--sort', 'dead')).toEqual(['deadline']);
    expect(offered('agent', 'list', '--type', 'm')).toEqual(['main_agent']);
    expect(offered('agent', 'add', '--st')).toEqual([]);
    expect(offered('task', 'list', '--http-p')).toEqual(['--http-port']);
  });
});

test('every command and option is in each script', async () => {
  for (const [shell, script] of Object.entries(scripts))
    for (const word of ['migrate', 'status', 'needs-attention', 'capability', 'ping-interval-minutes', 'in_progress']) expect(script, shell).toContain(word);
});

test('another shell is refused, with those there are', async () => {
  expect(await start(['completion', 'tcsh'], dir.path).ended).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringMatching(/"tcsh": bash, zsh, fish are there/),
  });
});
