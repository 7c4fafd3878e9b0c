import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { Listener } from '#mqtt/transport.ts';

export interface ListenOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly tls?: { readonly port: number; readonly cert: Buffer; readonly key: Buffer };
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
  async open(options: ListenOptions, limits: { maxConnections: number; handshakeTimeout: number }, accept: (socket: Socket) => void): Promise<Listener[]> {
    const opened: Listener[] = [];
    try {
      opened.push(await this.#listen('mqtt', createServer(SOCKET_OPTIONS, accept), options.host, options.port, limits.maxConnections));
      if (options.tls) {
        const server = createTlsServer({ ...SOCKET_OPTIONS, cert: options.tls.cert, key: options.tls.key, handshakeTimeout: limits.handshakeTimeout }, accept);
        opened.push(await this.#listen('mqtts', server, options.host, options.tls.port, limits.maxConnections));
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

  async #listen(name: string, server: Server, host: string, port: number, maxConnections: number): Promise<Listener> {
    server.maxConnections = maxConnections; // beyond it Node closes a socket as soon as it is accepted
    server.listen(port, host);
    await once(server, 'listening');
    this.#servers.push(server);
    const address = server.address();
    const realPort = typeof address === 'object' && address ? address.port : port;
    return { name, url: `${name}://${host.includes(':') ? `[${host}]` : host}:${realPort}` };
  }
}
