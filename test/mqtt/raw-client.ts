import { connect as connectTcp, type Socket } from 'node:net';
import mqttPacket, { type IConnectPacket, type Packet } from 'mqtt-packet';
import { onTestFinished } from 'vitest';
import { until } from '#test/mqtt/fixture.ts';

/** A client made by hand over a bare socket, for what mqtt.js would never send and for seeing single packets. Acknowledges nothing by itself. */
export class RawClient {
  readonly socket: Socket;
  readonly packets: Packet[] = [];
  isClosed = false;

  constructor(socket: Socket) {
    this.socket = socket;
    const parser = mqttPacket.parser();
    parser.on('packet', (packet: Packet) => this.packets.push(packet));
    socket.on('data', (chunk) => parser.parse(chunk));
    socket.on('error', () => {});
    socket.on('close', () => {
      this.isClosed = true;
    });
    onTestFinished(() => void socket.destroy());
  }

  send(...packets: (Packet | Buffer)[]): void {
    this.socket.write(Buffer.concat(packets.map((packet) => (Buffer.isBuffer(packet) ? packet : mqttPacket.generate(packet)))));
  }

  /** Waits for the first packet of this kind and takes it out. */
  async next<C extends Packet['cmd']>(cmd: C): Promise<Extract<Packet, { cmd: C }>> {
    await until(() => this.packets.some((packet) => packet.cmd === cmd));
    const index = this.packets.findIndex((packet) => packet.cmd === cmd);
    const [packet] = this.packets.splice(index, 1);
    return packet as Extract<Packet, { cmd: C }>; // as: found by its cmd
  }

  has(cmd: Packet['cmd']): boolean {
    return this.packets.some((packet) => packet.cmd === cmd);
  }

  /** Resolves once the broker has read and answered everything sent before. */
  async pinged(): Promise<void> {
    this.send({ cmd: 'pingreq' });
    await this.next('pingresp');
  }

  async closed(): Promise<void> {
    await until(() => this.isClosed);
  }
}

export async function openSocket({ port }: { port: number }): Promise<RawClient> {
  const socket = connectTcp({ host: '127.0.0.1', port, noDelay: true });
  const raw = new RawClient(socket);
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  return raw;
}

let clients = 0;

export const connectPacket = (username: string, options: Partial<IConnectPacket> = {}): IConnectPacket => {
  clients += 1;
  return {
    cmd: 'connect',
    protocolId: 'MQTT',
    protocolVersion: 4,
    clean: true,
    clientId: `raw-${clients}`,
    keepalive: 0,
    username,
    password: Buffer.from('secret'),
    ...options,
  };
};

/** Made by hand: mqtt-packet refuses to write what a server must be able to refuse. */
export function connectBytes(version: 3 | 4, flags: number, clientId: Buffer): Buffer {
  const text = (value: Buffer): Buffer => Buffer.concat([Buffer.from([value.length >> 8, value.length & 255]), value]);
  const protocol = Buffer.from(version === 3 ? 'MQIsdp' : 'MQTT');
  const body = Buffer.concat([
    text(protocol),
    Buffer.from([version, 0xc0 | flags, 0, 0]),
    text(clientId),
    text(Buffer.from('alice')),
    text(Buffer.from('secret')),
  ]);
  return Buffer.concat([Buffer.from([0x10, body.length]), body]);
}

/** Connects and returns the client with the CONNACK's return code. */
export async function attempt(
  to: { port: number },
  username: string,
  options: Partial<IConnectPacket> = {},
): Promise<{ raw: RawClient; code: number | undefined; sessionPresent: boolean }> {
  const raw = await openSocket(to);
  raw.send(connectPacket(username, options));
  const { returnCode, sessionPresent } = await raw.next('connack');
  return { raw, code: returnCode, sessionPresent };
}

export async function connectRaw(to: { port: number }, username: string, options: Partial<IConnectPacket> = {}): Promise<RawClient> {
  return (await attempt(to, username, options)).raw;
}

export const publishPacket = (
  topic: string,
  payload: string | Buffer,
  qos: 0 | 1 | 2,
  messageId?: number,
  flags: { dup?: boolean; retain?: boolean } = {},
): Packet => ({
  cmd: 'publish',
  topic,
  payload,
  qos,
  dup: flags.dup ?? false,
  retain: flags.retain ?? false,
  ...(messageId === undefined ? {} : { messageId }),
});
