import { execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ALICE, pingMessage, type Started, startBroker, until } from '#test/mqtt/fixture.ts';
import { findService } from '#test/support/services.ts';

const run = promisify(execFile);
const isInstalled = findService('mosquitto_pub') !== null;

const login = ({ port }: Started, username = 'alice') => ['-h', '127.0.0.1', '-p', String(port), '-u', username, '-P', 'secret'];

test('Debian’s mosquitto-clients are installed', (context) => {
  if (!isInstalled && process.env['REQUIRE_SERVICES'] !== '1') context.skip('mosquitto_pub is not installed: apt-get install mosquitto-clients');
  expect(isInstalled).toBe(true);
});

describe.skipIf(!isInstalled)('mosquitto’s clients', () => {
  test.each(['mqttv311', 'mqttv31'])('speak %s with us: subscribe, receive, publish at every QoS', async (version) => {
    const started = await startBroker();
    const sub = spawn('mosquitto_sub', [...login(started), '-V', version, '-t', 'agents/alice/ping', '-q', '1', '-v']);
    onTestFinished(() => void sub.kill());
    let output = '';
    sub.stdout.on('data', (chunk) => {
      output += chunk;
    });
    await until(() => started.coordinator.listened.length === 1);
    await started.broker.publish(pingMessage(ALICE, { payload: 'hello' }));
    await until(() => started.coordinator.receipts.length === 1);
    await until(() => output === 'agents/alice/ping hello\n');
    for (const qos of ['0', '1', '2']) await run('mosquitto_pub', [...login(started), '-V', version, '-t', 'agents/alice/ack', '-q', qos, '-m', '{}']);
    await run('mosquitto_pub', [...login(started), '-V', version, '-t', 'agents/alice/ack', '-q', '1', '-n']);
    await until(() => started.coordinator.commands.length === 4);
    expect(started.coordinator.commands.map(({ qos, payload }) => [qos, payload.length])).toEqual([
      [0, 2],
      [1, 2],
      [2, 2],
      [1, 0],
    ]);
  });

  test('are told when they may not', async () => {
    const started = await startBroker();
    await expect(run('mosquitto_pub', [...login(started, 'nobody'), '-t', 'agents/alice/ack', '-m', '{}'])).rejects.toMatchObject({ code: 5 });
    await expect(run('mosquitto_pub', [...login(started), '-t', 'agents/Bob/ack', '-q', '1', '-m', '{}'])).rejects.toThrow();
    expect(started.coordinator.refused).toMatchObject([{ topic: 'agents/Bob/ack' }]);
    const refused = await run('mosquitto_sub', [...login(started), '-t', 'agents/Bob/ping', '-W', '1']).catch((error: { stderr: string }) => error);
    expect(refused.stderr).toMatch(/denied|rejected|refused/i);
    await expect(run('mosquitto_pub', [...login(started), '-V', 'mqttv5', '-t', 'agents/alice/ack', '-m', '{}'])).rejects.toThrow();
    expect(started.coordinator.commands).toEqual([]);
  });

  test('a persistent mosquitto_sub finds what waited for it', async () => {
    const started = await startBroker();
    const session = [...login(started), '-i', 'mosq', '-c', '-t', 'agents/alice/ping', '-q', '1'];
    await run('mosquitto_sub', [...session, '-E']); // subscribes and leaves
    await started.broker.publish(pingMessage(ALICE, { payload: 'waited' }));
    const { stdout } = await run('mosquitto_sub', [...session, '-C', '1']);
    expect(stdout).toBe('waited\n');
    await until(() => started.coordinator.receipts.length === 1);
  });
});
