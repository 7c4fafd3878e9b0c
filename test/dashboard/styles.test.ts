import { globSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

/** The dashboard's style sheets keep house: nothing in them is dead, nothing is said twice, each lies beside what it is for. */

const ROOT = resolve(import.meta.dirname, '..', '..', 'dashboard', 'src');
const MAX_LINES = 250;
const read = (pattern: string): Map<string, string> => new Map(globSync(pattern, { cwd: ROOT }).map((file) => [file, readFileSync(join(ROOT, file), 'utf8')]));

const sheets = read('**/*.css');
const files = read('**/*.{ts,tsx}');
const scripts = [...files.values()].join('\n');

/** What this file of the dashboard imports (not what it imports only when it is needed). */
const importsOf = (file: string): string[] =>
  [...(files.get(file) ?? '').matchAll(/^(?:import|export|\} from)\b[^;]*?'((?:\.\/|#dashboard\/)[^']+)';$/gm)].map(([, from = '']) =>
    from.startsWith('#') ? from.replace('#dashboard/', '') : join(dirname(file), from),
  );

/** What is loaded with this file: itself and all that it and these import. */
function broughtBy(file: string, all = new Set<string>()): ReadonlySet<string> {
  if (all.has(file)) return all;
  all.add(file);
  for (const each of importsOf(file)) broughtBy(each, all);
  return all;
}

/** What stands before each `{`: selectors, and the conditions around them. */
const selectorsOf = (sheet: string): string[] =>
  [...sheet.replace(/\/\*[\s\S]*?\*\//g, '').matchAll(/([^{};]+)\{/g)].map(([, text = '']) => text.trim().replace(/\s+/g, ' '));

const classesOf = (selectors: readonly string[]): Set<string> =>
  new Set(selectors.flatMap((each) => [...each.matchAll(/\.([a-z][\w-]*)/gi)].map(([, name = '']) => name)));

describe('style sheets', () => {
  test('are short, and each is taken by somebody', () => {
    const taken = new Set([...files.keys()].flatMap(importsOf));
    for (const [file, text] of sheets) {
      expect(text.split('\n').length, file).toBeLessThanOrEqual(MAX_LINES);
      expect(taken.has(file), file).toBe(true);
    }
  });

  test('have no class that nothing wears', () => {
    const dead = [...sheets].flatMap(([file, text]) =>
      [...classesOf(selectorsOf(text))].filter((name) => !new RegExp(`(?<![\\w-])${name}(?![\\w-])`).test(scripts)).map((name) => `${file}: .${name}`),
    );
    expect(dead).toEqual([]);
  });

  test('say nothing twice: no two of them have a rule of the same selector outside of conditions', () => {
    const seen = new Map<string, string>();
    const twice: string[] = [];
    for (const [file, text] of sheets) {
      // what is indented stands in a condition, or is a step of an animation
      for (const [, selector = ''] of text.replace(/,\n/g, ', ').matchAll(/^([^\s@/}][^{]*)\{/gm)) {
        const first = seen.get(selector);
        if (first !== undefined) twice.push(`${selector.trim()}: ${first} and ${file}`);
        seen.set(selector, file);
      }
    }
    expect(seen.size).toBeGreaterThan(100);
    expect(twice).toEqual([]);
  });

  test('come along with whoever wears their classes: screens are loaded one by one', () => {
    const homes = new Map<string, string[]>();
    for (const [file, text] of sheets) {
      for (const [, name = ''] of text.matchAll(/^\.([a-z][\w-]*)(?:\[[^\]]*\]|:[\w-]+)* \{$/gim)) homes.set(name, [...(homes.get(name) ?? []), file]);
    }
    const always = broughtBy('main.tsx');
    const naked = [...files].flatMap(([file, text]) => {
      const own = broughtBy(file);
      const worn = [...text.matchAll(/class="([^"]+)"/g)].flatMap(([, names = '']) => names.split(' '));
      return [...new Set(worn)]
        .filter((name) => homes.get(name)?.every((sheet) => !own.has(sheet) && !always.has(sheet)))
        .map((name) => `${file}: .${name} of ${homes.get(name)?.join(', ')}`);
    });
    expect(homes.size).toBeGreaterThan(100);
    expect(naked).toEqual([]);
  });
});
