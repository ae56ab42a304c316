import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export type Direction = 'up' | 'down';

export type CuttingProxy = {
  port: number;
  /** Bytes that passed since it was last armed, or began. */
  passed: Record<Direction, number>;
  /** Once that many more bytes have passed that way: the rest is not passed on, `act` is called, all connections end. */
  arm(direction: Direction, afterBytes: number, act?: () => void): void;
  /** Whether it has cut since it was armed. */
  hasCut(): boolean;
  close(): Promise<void>;
};

/** Stands between a client and a server on this machine, and ends their connections at a byte that was chosen. Once. */
export async function createCuttingProxy(serverPort: number): Promise<CuttingProxy> {
  const sockets = new Set<Socket>();
  const passed = { up: 0, down: 0 };
  let cut: { direction: Direction; at: number; act: () => void } | undefined;
  let isCut = false;

  function pass(direction: Direction, chunk: Buffer, to: Socket): void {
    const room = cut?.direction === direction ? cut.at - passed[direction] : Number.POSITIVE_INFINITY;
    passed[direction] += Math.min(room, chunk.length);
    if (chunk.length <= room) {
      to.write(chunk);
      return;
    }
    const { act } = cut ?? {};
    cut = undefined;
    isCut = true;
    // What came before the cut arrives: `end` sends it on, `destroy` might not.
    to.end(chunk.subarray(0, room), () => {
      act?.();
      for (const socket of sockets) socket.destroy();
    });
  }

  const server = createServer((client) => {
    const there = connect(serverPort, '127.0.0.1');
    for (const socket of [client, there]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        there.destroy();
      });
    }
    client.on('data', (chunk) => pass('up', chunk, there));
    there.on('data', (chunk) => pass('down', chunk, client));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    passed,
    arm(direction, afterBytes, act = () => {}) {
      passed.up = 0;
      passed.down = 0;
      isCut = false;
      cut = { direction, at: afterBytes, act };
    },
    hasCut: () => isCut,
    close() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
