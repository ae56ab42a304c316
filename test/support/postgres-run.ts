import { rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import type { Cluster } from './postgres-server.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** A socket: whoever connects is told the URL of the one PostgreSQL of this run, started for the first who asks. */
    postgres: string;
  }
}

/** One server for a whole run of tests, and none where no test asks for it. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  let cluster: Promise<Cluster> | undefined;
  const path = join(tmpdir(), `tamma-pg-${process.pid}.sock`);
  await rm(path, { force: true });
  const server = createServer((socket) => {
    cluster ??= import('./postgres-server.ts').then(({ createCluster }) => createCluster());
    cluster.then(
      ({ url }) => socket.end(url),
      (error: unknown) => socket.destroy(error instanceof Error ? error : undefined),
    );
    socket.on('error', () => {});
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  project.provide('postgres', path);
  return async () => {
    server.close();
    await (await cluster?.catch(() => undefined))?.remove();
    await rm(path, { force: true });
  };
}
