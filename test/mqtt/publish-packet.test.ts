import mqttPacket from 'mqtt-packet';
import { expect, test } from 'vitest';
import { publishPacket } from '#mqtt/publish-packet.ts';

/** Each side of every step in the number of bytes that the remaining length takes (3.1.1 §2.2.3), with the 12 bytes that are not payload below. */
const LENGTHS = [0, 1, 115, 116, 16_371, 16_372, 2_097_139, 2_097_140];

test.each([0, 1, 2] as const)('QoS %i: byte for byte as mqtt-packet writes it', (qos) => {
  for (const topic of ['a/b', 'agents/ä/ping', 'x'.repeat(1024)]) {
    for (const size of LENGTHS) {
      for (const [retain, dup] of [
        [false, false],
        [true, qos > 0],
      ] as const) {
        const payload = Buffer.alloc(size, 'p');
        const packet = { topic, payload, qos, retain, dup };
        const ours = publishPacket({ ...packet, packetId: qos === 0 ? 0 : 65_535 });
        const theirs = mqttPacket.generate({ cmd: 'publish', ...packet, ...(qos === 0 ? {} : { messageId: 65_535 }) });
        expect(ours.equals(theirs), JSON.stringify({ topic, size, qos, retain, dup })).toBe(true);
      }
    }
  }
});
