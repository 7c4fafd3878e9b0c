import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { findService } from './services.ts';

/** A throw-away PostgreSQL server on a free loopback port, owned by this process. */
export interface PostgresServer {
  /** Makes an empty database and answers its URL. */
  createDatabase(): Promise<string>;
  [Symbol.asyncDispose](): Promise<void>;
}

const programs = { initdb: findService('initdb'), postgres: findService('postgres') };

/** Whether tests that need PostgreSQL are left out (services.setup.ts says so, or fails the run). */
export const postgresMissing: boolean = programs.initdb === null || programs.postgres === null;

const HOST = '127.0.0.1';
/** Nothing here outlives the test, so that nothing needs to reach the disk. */
const SETTINGS = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'max_connections=50', 'shared_buffers=32MB'];

export async function startPostgres(): Promise<PostgresServer> {
  const { initdb, postgres } = programs;
  if (initdb === null || postgres === null) throw new Error('PostgreSQL is not installed');
  const folder = mkdtempSync(join(tmpdir(), 'ping-postgres-'));
  const user = unprivileged();
  if (user) chownSync(folder, user.uid, user.gid);
  const data = join(folder, 'data');
  const made = spawnSync(initdb, ['-D', data, '-U', 'ping', '-A', 'trust', '-E', 'UTF8', '--no-locale', '--no-sync'], { ...user, encoding: 'utf8' });
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr}`);
  const port = await freePort();
  const settings = [...SETTINGS, `listen_addresses=${HOST}`, `unix_socket_directories=${folder}`].flatMap((setting) => ['-c', setting]);
  const server = spawn(postgres, ['-D', data, '-p', String(port), ...settings], { ...user, stdio: ['ignore', 'ignore', 'pipe'] });
  const gone = once(server, 'exit');
  // What a failed run would leave behind ends with this process.
  const end = (): boolean => server.kill('SIGQUIT');
  process.once('exit', end);
  const lines: string[] = [];
  await new Promise<void>((ready, fail) => {
    createInterface(server.stderr).on('line', (line) => {
      if (lines.push(line) > 50) lines.shift();
      if (line.includes('ready to accept connections')) ready();
    });
    void gone.then(() => fail(new Error(`postgres did not start:\n${lines.join('\n')}`)));
  });
  const url = (database: string): string => `postgresql://ping@${HOST}:${port}/${database}`;
  let count = 0;
  return {
    createDatabase: async () => {
      const name = `test_${++count}`;
      const client = spawnSync(join(dirname(realpathSync(postgres)), 'psql'), [url('postgres'), '-qc', `create database ${name}`], { encoding: 'utf8' });
      if (client.status !== 0) throw new Error(`create database failed: ${client.stderr}`);
      return url(name);
    },
    [Symbol.asyncDispose]: async () => {
      end();
      await gone;
      process.off('exit', end);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** postgres refuses to run as root: then as the user its package made. */
function unprivileged(): { uid: number; gid: number } | null {
  if (process.getuid?.() !== 0) return null;
  const ask = (flag: string): number => Number(spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' }).stdout);
  return { uid: ask('-u'), gid: ask('-g') };
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, HOST);
  await once(probe, 'listening');
  const address = probe.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  probe.close();
  await once(probe, 'close');
  return address.port;
}
