import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { Log } from './log.ts';
import type { Listener } from './transport.ts';

export interface ListenOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly tls?: { readonly port: number; readonly cert: Buffer; readonly key: Buffer };
  /** Beyond it Node closes a socket as soon as it is accepted. */
  readonly maxConnections: number;
  /** For the TLS handshake; MQTT's CONNECT has as long again. */
  readonly connectTimeoutMs: number;
  readonly log: Log;
}

/**
 * Small packets that answer one another must not wait for Nagle's 40 ms; TCP's keepalive finds peers that vanished
 * although they asked for no MQTT keepalive.
 */
const SOCKET_OPTIONS = { noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 } as const;

/** The broker's listening sockets. */
export class Listeners {
  readonly #servers: Server[] = [];

  /** Opens all or none. */
  async open(options: ListenOptions, accept: (socket: Socket, transport: 'tcp' | 'tls') => void): Promise<Listener[]> {
    const { tls, port, connectTimeoutMs: handshakeTimeout } = options;
    const opened: Listener[] = [];
    try {
      const plain = createServer(SOCKET_OPTIONS, (socket) => accept(socket, 'tcp'));
      opened.push(await this.#listen('mqtt', plain, port, options));
      if (tls) {
        const server = createTlsServer({ ...SOCKET_OPTIONS, cert: tls.cert, key: tls.key, handshakeTimeout }, (socket) => accept(socket, 'tls'));
        opened.push(await this.#listen('mqtts', server, tls.port, options));
      }
      return opened;
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** Accepts nobody from now on; resolves when the last connection has ended. */
  async close(): Promise<void> {
    await Promise.all(this.#servers.splice(0).map((server) => new Promise<void>((resolve) => server.close(() => resolve()))));
  }

  async #listen(name: string, server: Server, port: number, { host, maxConnections, log }: ListenOptions): Promise<Listener> {
    server.maxConnections = maxConnections;
    server.listen(port, host);
    await once(server, 'listening');
    server.on('error', (err) => log.error({ err, listener: name }, 'could not accept a connection')); // no file descriptors left, for one
    this.#servers.push(server);
    const address = server.address();
    const realPort = typeof address === 'object' && address ? address.port : port;
    return { name, url: `${name}://${host.includes(':') ? `[${host}]` : host}:${realPort}` };
  }
}
