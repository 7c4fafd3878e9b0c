import { Duplex } from 'node:stream';
import type { WebSocket } from '@fastify/websocket';

/** Close codes, RFC 6455 §7.4.1. */
const GOING = 1000;
const NOT_BINARY = 1003;

/**
 * A WebSocket as a stream of bytes, as MQTT wants it: frames say nothing, data frames are binary [MQTT-6.0.0-1] [MQTT-6.0.0-2]. It ends like a TCP socket does:
 * what was received before the close can still be read. What is not read makes the sender wait, what the client does not take makes us wait.
 */
export function streamOf(socket: WebSocket): Duplex {
  const send = (bytes: Buffer, done: (error?: Error | null) => void): void => socket.send(bytes, { binary: true }, done);
  const stream = new Duplex({
    allowHalfOpen: false,
    read: () => {
      if (socket.isPaused) socket.resume();
    },
    write: (chunk: Buffer, _encoding, done) => send(chunk, done),
    writev: (chunks, done) => send(Buffer.concat(chunks.map(({ chunk }) => chunk)), done),
    final: (done) => {
      socket.once('close', () => done());
      socket.close(GOING);
    },
    destroy: (error, done) => {
      socket.terminate();
      done(error);
    },
  });
  socket.on('message', (data, isBinary) => {
    if (!isBinary) {
      socket.close(NOT_BINARY, 'MQTT is binary');
      stream.destroy();
    } else if (!stream.push(bytesOf(data))) socket.pause();
  });
  socket.on('close', () => {
    if (!stream.destroyed) stream.push(null);
  });
  return stream;
}

/** `ws` gives a Buffer unless told otherwise (`binaryType`); the other forms are here for its types. */
function bytesOf(data: Buffer | ArrayBuffer | Buffer[]): Buffer {
  if (Array.isArray(data)) return Buffer.concat(data);
  return Buffer.isBuffer(data) ? data : Buffer.from(data);
}
