import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerIdentity, identityUrl } from '../forge/actions/identity.ts';
import type { World } from '../forge/state.ts';
import { createWorld } from '../forge/world.ts';

export type IdentityIssuer = {
  /** `iss` of its tokens; keys are found from its discovery document. */
  issuer: string;
  /** What the runner tells a job with `id-token: write`. */
  environment: Record<string, string>;
  /** Seconds that its clock is off. */
  skew: number;
  /** How often it was asked for a token. */
  asked(): number;
  /** Answers the next requests with this status. */
  fail(status: number, times: number): void;
  close(): Promise<void>;
};

/** The forge's token service alone, for one job whose subject is given. */
export async function startIdentityIssuer(subject: string): Promise<IdentityIssuer> {
  let asked = 0;
  const failures: number[] = [];
  const world: World = createWorld(() => new Date(Date.now() + issuer.skew * 1000));
  const server = createServer((request, response) => {
    if (request.url?.includes('/request')) {
      asked += 1;
      const status = failures.shift();
      if (status) return void response.writeHead(status).end('no');
    }
    answerIdentity(world, request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  world.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const secret = 'request-token-0123456789abcdef';
  world.identities.set(secret, { audience: 'nobody', subject, claims: { repository: 'acme/shop' } });
  const issuer: IdentityIssuer = {
    issuer: identityUrl(world).replace(/\/request.*$/, ''),
    environment: {
      ACTIONS_ID_TOKEN_REQUEST_URL: identityUrl(world),
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: secret,
    },
    skew: 0,
    asked: () => asked,
    fail: (status, times) => void failures.push(...Array.from({ length: times }, () => status)),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return issuer;
}
