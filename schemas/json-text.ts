/** JSON as it comes in, over MQTT and HTTP alike: one rule for both. */

/** Deeper JSON than this is nobody's work, and would overflow the stack of whoever walks or writes it later. */
const MAX_DEPTH = 64;
const UTF8 = new TextDecoder('utf-8', { fatal: true });

export type Read = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly fault: string };

/** The value, or what is wrong with the text, which repeats nothing of it. */
export function readJsonText(bytes: Uint8Array): Read {
  try {
    const value: unknown = JSON.parse(UTF8.decode(bytes));
    return isDeeper(value, MAX_DEPTH) ? { ok: false, fault: `must not be nested deeper than ${MAX_DEPTH} levels` } : { ok: true, value };
  } catch {
    return { ok: false, fault: 'must be JSON in UTF-8' };
  }
}

/** Level by level, without recursion. */
function isDeeper(value: unknown, max: number): boolean {
  let level = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth >= max) return true;
    const inside: unknown[] = [];
    for (const one of level) {
      if (typeof one !== 'object' || one === null) continue;
      // A loop: to spread a long list into push() would overflow the stack itself.
      for (const each of Object.values(one)) if (typeof each === 'object') inside.push(each);
    }
    level = inside;
  }
  return false;
}
