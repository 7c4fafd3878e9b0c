import { accessSync, constants, globSync, readFileSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';

/** Programs of the system that some tests talk to. Where one is missing, those tests are skipped; with REQUIRE_SERVICES=1 the run fails instead. */

export interface Service {
  readonly name: string;
  /** All of them must be there. */
  readonly programs: readonly string[];
  /** The Debian package. */
  readonly debian: string;
}

export const SERVICES: readonly Service[] = [
  { name: 'Mosquitto clients', programs: ['mosquitto_pub', 'mosquitto_sub'], debian: 'mosquitto-clients' },
  { name: 'Mosquitto broker', programs: ['mosquitto'], debian: 'mosquitto' },
  { name: 'PostgreSQL', programs: ['initdb', 'postgres'], debian: 'postgresql' },
  { name: 'prlimit', programs: ['prlimit'], debian: 'util-linux' },
  { name: 'Chromium', programs: ['chromium'], debian: 'chromium' },
];

/** Debian keeps servers off the PATH of ordinary users, and each PostgreSQL version in a folder of its own (the newest first). */
const elsewhere = (): string[] => ['/usr/sbin', '/usr/local/sbin', ...globSync('/usr/lib/postgresql/*/bin').sort().reverse()];

/** The full path of a program (`mosquitto_pub`, `mosquitto`, `initdb`, `postgres`, `chromium`), or null where it is not installed. */
export function findService(program: string): string | null {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter).filter(Boolean), ...elsewhere()];
  return folders.map((folder) => join(folder, program)).find(isExecutable) ?? null;
}

export const isMissing = (service: Service): boolean => service.programs.some((program) => findService(program) === null);

/** Services whose programs are named, as a string literal, in a test or its support (this file aside): what the present tests ask for. */
export function neededServices(tests = resolve(import.meta.dirname, '..')): Service[] {
  const code = globSync('**/*.ts', { cwd: tests, exclude: ['support/services.ts', 'support/services.test.ts'] }).map((file) =>
    readFileSync(join(tests, file), 'utf8'),
  );
  return SERVICES.filter(({ programs }) => programs.some((program) => code.some((text) => text.includes(`'${program}'`))));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
