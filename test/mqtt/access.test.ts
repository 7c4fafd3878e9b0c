import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mayLeaveWill, mayPublish, maySubscribe } from '#mqtt/access.ts';
import { covers, isClientId, isFilter, isTopic } from '#mqtt/filters.ts';
import { TopicTree } from '#mqtt/topic-tree.ts';
import { alertTopic, eventTopic, heartbeatTopic, MASS_STALE_TOPIC, parseInbound, pingTopic, replyTopic, STATUS_TOPIC } from '#mqtt/topics.ts';
import { ADMIN, ALICE, BOB, RUTO } from '#test/mqtt/fixture.ts';

const COORDINATOR = { kind: 'coordinator' } as const;

describe('the access table of contract §5', () => {
  const own = ['ack', 'snooze', 'complete', 'fail', 'sync', 'heartbeat'];

  test('a sub-agent publishes its own commands, but assigns nothing', () => {
    expect(own.filter((leaf) => mayPublish(ALICE, `agents/alice/${leaf}`))).toEqual(own);
    expect(mayPublish(ALICE, 'agents/alice/assign')).toBe(false);
    expect(own.filter((leaf) => mayPublish(ALICE, `agents/Bob/${leaf}`))).toEqual([]);
  });

  test('a main agent also assigns; the admin may do all of it for any agent', () => {
    expect([...own, 'assign'].every((leaf) => mayPublish(RUTO, `agents/Ruto/${leaf}`))).toBe(true);
    expect([...own, 'assign'].every((leaf) => mayPublish(ADMIN, `agents/alice/${leaf}`))).toBe(true);
    expect(mayPublish(RUTO, 'agents/alice/ack')).toBe(false);
  });

  test.each([
    'agents/alice/ping',
    'agents/alice/reply',
    'agents/alice',
    'agents/alice/',
    'agents/alice/ack/x',
    'agents//ack',
    'Agents/alice/ack',
    'agents/alice/Ack',
    'agents/ALICE/ack',
    '/agents/alice/ack',
    'coordinator/status',
    'coordinator/alerts/1',
    'coordinator/events/task/created',
    '$SYS/x',
    'x',
    '',
  ])('%j is nobody’s to publish (for alice; in their spelling for all)', (topic) => {
    expect(mayPublish(ALICE, topic)).toBe(false);
    expect(mayPublish(ADMIN, topic)).toBe(topic === 'agents/ALICE/ack');
    expect(mayPublish(COORDINATOR, topic)).toBe(false);
  });

  test('a will may only be a heartbeat', () => {
    expect(mayLeaveWill(ALICE, 'agents/alice/heartbeat')).toBe(true);
    expect(mayLeaveWill(ADMIN, 'agents/alice/heartbeat')).toBe(true);
    expect(mayLeaveWill(ALICE, 'agents/Bob/heartbeat')).toBe(false);
    expect(mayLeaveWill(ALICE, 'agents/alice/complete')).toBe(false);
    expect(mayLeaveWill(ADMIN, 'agents/alice/fail')).toBe(false);
    expect(mayLeaveWill(ADMIN, 'coordinator/status')).toBe(false);
  });

  test.each<[string, boolean, boolean, boolean]>([
    // filter, alice (sub), Ruto (main), admin
    ['agents/alice/#', true, false, true],
    ['agents/alice/ping', true, false, true],
    ['agents/alice/+', true, false, true],
    ['agents/alice', true, false, true],
    ['agents/alice/+/x/#', true, false, true],
    ['agents/Ruto/#', false, true, true],
    ['coordinator/status', true, true, true],
    ['coordinator/#', false, true, true],
    ['coordinator', false, true, true],
    ['coordinator/+/+', false, true, true],
    ['coordinator/alerts/1', false, true, true],
    ['agents/+/heartbeat', false, true, true],
    ['agents/Bob/heartbeat', false, true, true],
    ['agents/alice/heartbeat', true, true, true],
    ['agents/+/ping', false, false, true],
    ['agents/#', false, false, true],
    ['+/alice/ping', false, false, true],
    ['agents/ALICE/ping', false, false, true],
    ['agents/alice2/ping', false, false, true],
    ['#', false, false, true],
    ['+/status', false, false, true],
    ['$SYS/#', false, false, true],
    ['$share/g/agents/alice/ping', false, false, false],
    ['$share/g/#', false, false, false],
    ['$share', false, false, false],
  ])('subscribe %s: sub %s, main %s, admin %s', (filter, sub, main, admin) => {
    expect([maySubscribe(ALICE, filter), maySubscribe(RUTO, filter), maySubscribe(ADMIN, filter)]).toEqual([sub, main, admin]);
    expect(maySubscribe(COORDINATOR, filter)).toBe(false);
    if (filter.startsWith('agents/alice/')) expect(maySubscribe(BOB, filter)).toBe(false);
  });
});

test('topic names are built and taken apart in one place', () => {
  expect([pingTopic('a'), replyTopic('a'), heartbeatTopic('a'), alertTopic(3), eventTopic('task.created'), STATUS_TOPIC, MASS_STALE_TOPIC]).toEqual([
    'agents/a/ping',
    'agents/a/reply',
    'agents/a/heartbeat',
    'coordinator/alerts/3',
    'coordinator/events/task/created',
    'coordinator/status',
    'coordinator/alerts/mass-stale',
  ]);
  expect(parseInbound('agents/a/ack')).toEqual({ agent: 'a', leaf: 'ack' });
  expect(parseInbound('agents/a/ping')).toBeNull();
});

describe('names and filters (MQTT 3.1.1 §4.7)', () => {
  test.each(['a', '/', 'a//b', '$SYS/x', 'ä/ö', 'x'.repeat(1024)])('%j is a topic', (topic) => expect(isTopic(topic)).toBe(true));
  test.each(['', 'a/+', 'a#', 'a\0b', 'a\uFFFDb', 'x'.repeat(1025), 'ä'.repeat(513), '/'.repeat(32)])('%j is none', (topic) =>
    expect(isTopic(topic)).toBe(false),
  );
  test.each(['#', '+', 'a/#', '+/+/#', '/+', 'a'])('%j is a filter', (filter) => expect(isFilter(filter)).toBe(true));
  test.each(['', 'a#', '#/a', '+a', 'a+', 'a/b+/c', 'a/#/b', '##', '++', 'a\0', '/'.repeat(32)])('%j is none', (filter) =>
    expect(isFilter(filter)).toBe(false),
  );
  test('client ids', () => expect(['', 'x'.repeat(128), 'x'.repeat(129), 'a\0', 'a\uFFFD'].map(isClientId)).toEqual([true, true, false, false, false]));
});

describe('matching', () => {
  const level = fc.constantFrom('a', 'b', '', '$x');
  const topics = fc.array(level, { minLength: 1, maxLength: 4 }).map((levels) => levels.join('/'));
  const filters = fc
    .tuple(fc.array(fc.oneof(level, fc.constant('+')), { maxLength: 4 }), fc.boolean())
    .map(([levels, rest]) => (rest || levels.length === 0 ? [...levels, '#'] : levels).join('/'));

  /** MQTT's rule as a regular expression, written independently of the code under test. */
  const reference = (filter: string, topic: string): boolean => {
    if (topic.startsWith('$') && /^[#+]/.test(filter)) return false;
    const source = filter.replaceAll('$', '\\$').replaceAll('+', '[^/]*').replace(/\/#$/, '(/.*)?').replace(/^#$/, '.*');
    return new RegExp(`^${source}$`).test(topic);
  };

  test('a filter covers a topic exactly when MQTT says that it matches', () => {
    fc.assert(
      fc.property(filters, topics, (filter, topic) => covers(filter, topic) === reference(filter, topic)),
      { numRuns: 2000 },
    );
  });

  test('a filter that covers another matches whatever the other matches', () => {
    fc.assert(
      fc.property(filters, filters, topics, (wide, narrow, topic) => !covers(wide, narrow) || !reference(narrow, topic) || reference(wide, topic)),
      { numRuns: 5000 },
    );
  });

  test('the tree finds the filters of a topic and the topics of a filter, also after some were removed', () => {
    const found = (search: (visit: (value: string) => void) => void): string[] => {
      const values: string[] = [];
      search((value) => values.push(value));
      return values.sort();
    };
    fc.assert(
      fc.property(fc.uniqueArray(filters), fc.uniqueArray(topics), fc.nat(3), (someFilters, someTopics, removed) => {
        const byFilter = new TopicTree<string>();
        const byTopic = new TopicTree<string>();
        for (const filter of someFilters) byFilter.set(filter, filter);
        for (const topic of someTopics) byTopic.set(topic, topic);
        for (const filter of someFilters.slice(0, removed)) byFilter.delete(filter);
        for (const topic of someTopics.slice(0, removed)) byTopic.delete(topic);
        const [keptFilters, keptTopics] = [someFilters.slice(removed), someTopics.slice(removed)];
        for (const topic of someTopics)
          expect(found((visit) => byFilter.filtersMatching(topic, visit))).toEqual(keptFilters.filter((filter) => reference(filter, topic)).sort());
        for (const filter of someFilters)
          expect(found((visit) => byTopic.topicsMatching(filter, visit))).toEqual(keptTopics.filter((topic) => reference(filter, topic)).sort());
      }),
    );
  });
});
