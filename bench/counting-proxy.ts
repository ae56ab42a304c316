import { type AddressInfo, connect, createServer } from 'node:net';

/** Bytes and connections between a client and a server, both ways, headers included. */
export type Counts = { sent: number; received: number };

/** A proxy on loopback that passes everything on and counts. */
export async function createCountingProxy(target: number) {
  const counts: Counts = { sent: 0, received: 0 };
  const server = createServer((client) => {
    const upstream = connect({ port: target, host: '127.0.0.1' });
    client.on('data', (chunk: Buffer) => {
      counts.sent += chunk.length;
    });
    upstream.on('data', (chunk: Buffer) => {
      counts.received += chunk.length;
    });
    for (const socket of [client, upstream]) socket.on('error', () => {});
    client.pipe(upstream).pipe(client);
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** What has passed since the last time. */
    take(): Counts {
      const taken = { ...counts };
      counts.sent = 0;
      counts.received = 0;
      return taken;
    },
    close: () => server.close(),
  };
}
