/** MQTT's rules for topic names and topic filters (MQTT 3.1.1 §4.7). Pure. */

/** A topic of ours has at most a name of 63 characters and four levels; these bounds only keep strangers from costing memory and stack. */
const MAX_BYTES = 1024;
const MAX_LEVELS = 32;

/**
 * mqtt-packet decodes strings leniently: ill-formed UTF-8, which must close the connection [MQTT-1.5.3-1], arrives as U+FFFD.
 * A U+FFFD that was sent as such is refused with it; NUL is refused by [MQTT-1.5.3-2].
 */
const UNSPEAKABLE = /[\0\uFFFD]/;

const isSpeakable = (text: string): boolean => text.length > 0 && Buffer.byteLength(text) <= MAX_BYTES && !UNSPEAKABLE.test(text);

/** A name one can publish to: no wildcards [MQTT-3.3.2-2]. */
export function isTopic(topic: string): boolean {
  return isSpeakable(topic) && !/[#+]/.test(topic) && topic.split('/').length <= MAX_LEVELS;
}

/** `#` only as the last level, `+` only as a whole level [MQTT-4.7.1-2] [MQTT-4.7.1-3]. */
export function isFilter(filter: string): boolean {
  if (!isSpeakable(filter)) return false;
  const levels = filter.split('/');
  return levels.length <= MAX_LEVELS && levels.every((level, index) => !/[#+]/.test(level) || level === '+' || (level === '#' && index === levels.length - 1));
}

/** At most 128 bytes (ours; MQTT only obliges a server to take 23), well-formed, without NUL. Empty ones are judged elsewhere. */
export const isClientId = (id: string): boolean => Buffer.byteLength(id) <= 128 && !UNSPEAKABLE.test(id);

const hasWildcard = (filter: string): boolean => /[#+]/.test(filter);

/**
 * Whether every topic that `narrow` matches is also matched by `wide`. A plain topic is a filter that matches itself,
 * so this also answers whether a filter matches a topic. A leading wildcard does not reach `$` topics [MQTT-4.7.2-1].
 */
export function covers(wide: string, narrow: string): boolean {
  const narrowLevels = narrow.split('/');
  const wideLevels = wide.split('/');
  if (narrow.startsWith('$') && hasWildcard(wideLevels[0] ?? '')) return false;
  for (const [index, level] of wideLevels.entries()) {
    if (level === '#') return true;
    const other = narrowLevels[index];
    if (other === undefined || other === '#') return false;
    if (level !== '+' && level !== other) return false;
  }
  return narrowLevels.length === wideLevels.length;
}
