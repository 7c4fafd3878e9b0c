import type { Qos } from './message.ts';

interface Publish {
  readonly topic: string;
  readonly payload: Buffer;
  readonly qos: Qos;
  readonly retain: boolean;
  readonly dup: boolean;
  /** Left out at QoS 0. */
  readonly packetId: number;
}

/**
 * A PUBLISH of MQTT 3.1 and 3.1.1 (3.1.1 §3.3) as one buffer. Nearly all that leaves is one, and mqtt-packet hands each to the stream in six pieces,
 * which cost more than everything else about sending it.
 */
export function publishPacket({ topic, payload, qos, retain, dup, packetId }: Publish): Buffer {
  const topicBytes = Buffer.byteLength(topic);
  const length = 2 + topicBytes + (qos > 0 ? 2 : 0) + payload.length;
  const lengthBytes = bytesOfLength(length);
  const packet = Buffer.allocUnsafe(1 + lengthBytes + length);
  packet[0] = 0x30 | (dup ? 0x08 : 0) | (qos << 1) | (retain ? 0x01 : 0);
  let at = 1;
  for (let left = length, i = 1; i <= lengthBytes; i += 1, left >>>= 7) packet[at++] = (left & 0x7f) | (i < lengthBytes ? 0x80 : 0);
  at = packet.writeUInt16BE(topicBytes, at);
  at += packet.write(topic, at);
  if (qos > 0) at = packet.writeUInt16BE(packetId, at);
  payload.copy(packet, at);
  return packet;
}

/** Seven bits of the remaining length go into each byte (3.1.1 §2.2.3). */
function bytesOfLength(length: number): number {
  if (length < 0x80) return 1;
  if (length < 0x4000) return 2;
  return length < 0x20_0000 ? 3 : 4;
}
