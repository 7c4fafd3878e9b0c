import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A TCP proxy that can misbehave: what a network does between an agent and the broker. */
export interface TcpProxy extends AsyncDisposable {
  readonly port: number;
  /** Cuts every connection; new ones go through. */
  cut(): void;
  /** From now on nothing of this direction goes through (or it does again). */
  hold(direction: 'up' | 'down', held: boolean): void;
  /** Refuses new connections (or takes them again). */
  refuse(refused: boolean): void;
}

export async function startProxy(target: number): Promise<TcpProxy> {
  const pairs = new Set<{ near: Socket; far: Socket }>();
  const held = { up: false, down: false };
  let refused = false;
  const server = createServer((near) => {
    if (refused) return void near.destroy();
    const far = connect({ port: target, host: '127.0.0.1', noDelay: true });
    near.setNoDelay(true);
    const pair = { near, far };
    pairs.add(pair);
    const end = (): void => {
      pairs.delete(pair);
      near.destroy();
      far.destroy();
    };
    near
      .on('data', (data) => held.up || far.write(data))
      .on('close', end)
      .on('error', end);
    far
      .on('data', (data) => held.down || near.write(data))
      .on('close', end)
      .on('error', end);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = (): void => {
    for (const { near, far } of [...pairs]) {
      near.destroy();
      far.destroy();
    }
  };
  return {
    port: (server.address() as AddressInfo).port, // a TCP server that listens has one
    cut,
    hold: (direction, on) => {
      held[direction] = on;
    },
    refuse: (on) => {
      refused = on;
    },
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      cut();
      await closed;
    },
  };
}
