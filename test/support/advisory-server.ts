import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';

export type NpmAdvisory = {
  id: number;
  url: string;
  title: string;
  severity: string;
  vulnerable_versions: string;
};

export type AdvisoryServer = {
  url: string;
  /** Names of the packages that were asked about, request by request. */
  asked: string[][];
  close(): Promise<void>;
};

/**
 * The registry's bulk advisory endpoint as `npm audit` calls it: gzipped `{ name: [versions] }` in, `{ name: [advisories] }`
 * out. Everything else is not found. https://docs.npmjs.com/cli/commands/npm-audit#bulk-advisory-endpoint
 */
export async function createAdvisoryServer(
  advisories: Readonly<Record<string, readonly NpmAdvisory[]>>,
): Promise<AdvisoryServer> {
  const asked: string[][] = [];
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (request.url !== '/-/npm/v1/security/advisories/bulk') {
        response.writeHead(404, { 'content-type': 'application/json' }).end('{"error":"not found"}');
        return;
      }
      const body = Buffer.concat(chunks);
      const text = request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
      const names = Object.keys(JSON.parse(text.toString()) as object);
      asked.push(names);
      const found = names.flatMap((name) => (advisories[name] ? [[name, advisories[name]] as const] : []));
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify(Object.fromEntries(found)));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
