import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { connect, listenFor, type Started, startBroker, until } from '#test/mqtt/fixture.ts';
import { attempt, connectPacket, openSocket, type RawClient } from '#test/mqtt/raw-client.ts';
import { ManualClock } from '#test/support/manual-clock.ts';
import { findService } from '#test/support/services.ts';

const run = promisify(execFile);
const hasMosquitto = findService('mosquitto_pub') !== null;
const WRONG = { password: Buffer.from('guess') };

/** A broker whose clock stands still, and to which this address has failed to log in as often as it may at once. */
async function exhausted(address?: string): Promise<{ started: Started; clock: ManualClock }> {
  const clock = new ManualClock();
  const started = await startBroker({ now: () => clock.monotonic() });
  const door = address === undefined ? started : await listenFor(started, address);
  for (let n = 0; n < 200; n += 1) {
    const { raw, code } = await attempt(door, n % 2 === 0 ? 'alice' : 'nobody', WRONG);
    expect(code).toBe(5);
    raw.socket.destroy();
  }
  return { started, clock };
}

async function guess(started: Started): Promise<RawClient> {
  const raw = await openSocket(started);
  raw.send(connectPacket('alice', WRONG));
  return raw;
}

/** Whether it was not closed when it was read. */
async function staysOpen(raw: RawClient, started: Started): Promise<boolean> {
  (await connect(started, 'alice')).client.end(true);
  return !raw.isClosed;
}

describe('wrong credentials', () => {
  test('200 of one address are answered at once, then 20 a second; who has the right ones never waits', async () => {
    const { started, clock } = await exhausted();
    const late = await guess(started);
    expect((await attempt(started, 'alice')).code).toBe(0); // behind it, on the same address
    expect(late.packets).toEqual([]);
    clock.skip(40);
    expect((await attempt(started, 'Bob')).code).toBe(0);
    expect(late.packets).toEqual([]);
    clock.skip(10);
    expect((await late.next('connack')).returnCode).toBe(5);
    await late.closed();
    clock.skip(10_000);
    for (let n = 0; n < 200; n += 1) expect((await attempt(started, 'alice', WRONG)).code).toBe(5);
  });

  test('so many wait; what comes beyond is closed without an answer, and the right ones still get in', async () => {
    const { started, clock } = await exhausted();
    const waiting: RawClient[] = [];
    for (let n = 0; n < 20; n += 1) waiting.push(await guess(started));
    await connect(started, 'alice'); // whatever was sent before it has been read
    const beyond = await guess(started);
    await beyond.closed();
    expect(beyond.packets).toEqual([]);
    expect((await attempt(started, 'alice')).code).toBe(0);
    expect(waiting.filter(({ isClosed }) => isClosed)).toEqual([]);
    clock.skip(1000);
    await until(() => waiting.every((raw) => raw.has('connack')));
    for (const raw of waiting) expect((await raw.next('connack')).returnCode).toBe(5);
    expect((await attempt(started, 'alice')).code).toBe(0);
  });

  test('whoever hung up does not wait for an answer, and takes nobody’s place', async () => {
    const { started, clock } = await exhausted();
    const gone: RawClient[] = [];
    for (let n = 0; n < 20; n += 1) gone.push(await guess(started));
    await connect(started, 'alice'); // whatever was sent before it has been read
    for (const raw of gone) raw.socket.destroy();
    let late = await guess(started);
    while (late.isClosed || !(await staysOpen(late, started))) late = await guess(started); // until the others were found to be gone
    clock.skip(50);
    expect((await late.next('connack')).returnCode).toBe(5);
  });

  test('an IPv6 network of /64 counts as one address, the next one as another', async () => {
    const { started, clock } = await exhausted('2001:db8:1:2::1');
    const late = await openSocket(await listenFor(started, '2001:db8:1:2:ffff::9'));
    late.send(connectPacket('alice', WRONG));
    expect((await attempt(await listenFor(started, '2001:db8:1:3::1'), 'alice', WRONG)).code).toBe(5);
    expect((await attempt(started, 'alice')).code).toBe(0);
    expect(late.packets).toEqual([]);
    clock.skip(50);
    expect((await late.next('connack')).returnCode).toBe(5);
  });

  test('what is refused for another reason does not count', async () => {
    const { started } = await exhausted();
    const will = { topic: 'agents/Bob/ack', payload: Buffer.from('{}'), qos: 1, retain: false } as const;
    expect((await attempt(started, 'alice', { will })).code).toBe(5);
    expect((await attempt(started, 'alice', { clientId: 'x'.repeat(129) })).code).toBe(2);
  });

  test.skipIf(!hasMosquitto)('mosquitto’s clients, good and bad', async () => {
    const { started, clock } = await exhausted();
    const login = (password: string) => [
      '-h',
      '127.0.0.1',
      '-p',
      String(started.port),
      '-u',
      'alice',
      '-P',
      password,
      '-q',
      '1',
      '-t',
      'agents/alice/ack',
      '-m',
      '{}',
    ];
    let isOver = false;
    const bad = run('mosquitto_pub', login('wrong')).then(
      () => 0,
      (error: { code: number }) => error.code,
    );
    void bad.then(() => {
      isOver = true;
    });
    await until(() => started.broker.connections() === 0);
    await run('mosquitto_pub', login('secret'));
    expect(started.coordinator.commands).toHaveLength(1);
    expect(isOver).toBe(false);
    clock.skip(50);
    expect(await bad).toBe(5);
  });
});
