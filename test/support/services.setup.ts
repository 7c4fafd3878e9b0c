import { isMissing, neededServices } from './services.ts';

/** Before the first test: one line for each service that tests here would use and that is not installed. */
export function setup(): void {
  const missing = neededServices().filter(isMissing);
  for (const { name, debian } of missing) {
    process.stdout.write(`${name} is not installed: the tests that need it are skipped (apt-get install -y ${debian})\n`);
  }
  if (missing.length > 0 && process.env['REQUIRE_SERVICES'] === '1') {
    throw new Error(`REQUIRE_SERVICES=1, but not installed: ${missing.map((s) => s.name).join(', ')}`);
  }
}
