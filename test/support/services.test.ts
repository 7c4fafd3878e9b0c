import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { findService, neededServices } from './services.ts';

describe('the search for system services', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'services-'));
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true, force: true });
  });

  it('finds a program on the PATH, if it can be run', () => {
    const program = join(folder, 'frobnicate');
    vi.stubEnv('PATH', `/nowhere:${folder}`);
    expect(findService('frobnicate')).toBeNull();
    writeFileSync(program, '#!/bin/sh\n', { mode: 0o644 });
    expect(findService('frobnicate')).toBeNull();
    chmodSync(program, 0o755);
    expect(findService('frobnicate')).toBe(program);
  });

  it('knows from the tests which services they ask for', () => {
    const names = (): string[] => neededServices(folder).map((service) => service.name);
    mkdirSync(join(folder, 'mqtt'));
    writeFileSync(join(folder, 'mqtt', 'a.test.ts'), "// mosquitto_pub is only spoken of\nconst x = findService('sh');\n");
    expect(names()).toEqual([]);
    writeFileSync(join(folder, 'mqtt', 'b.test.ts'), "const x = findService('mosquitto_sub');\n");
    expect(names()).toEqual(['Mosquitto clients']);
    writeFileSync(join(folder, 'c.ts'), "spawn('initdb', []);\n");
    expect(names()).toEqual(['Mosquitto clients', 'PostgreSQL']);
  });
});
