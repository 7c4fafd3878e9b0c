import { readFileSync } from 'node:fs';

/** The version of this package, from the nearest package.json above (the repository's, or the one beside the built files). */
export function version(): string {
  const file = new URL('../package.json', import.meta.url);
  const { version: found }: { version: string } = JSON.parse(readFileSync(file, 'utf8'));
  return found;
}
