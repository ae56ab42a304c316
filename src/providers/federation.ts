import { federations, isFederatedVendor } from '../core/config/federation.ts';
import type { ProviderConfig } from '../core/config/schema.ts';
import { TammaError } from '../core/errors.ts';
import { toFederationError } from './federation-error.ts';

/** Short-lived tokens of a vendor, exchanged for the identity of this run. */
export type AccessTokens = {
  /** One that a request may begin with. Throws FEDERATION_REFUSED, ID_TOKEN_UNAVAILABLE, PROVIDER_UNREACHABLE. */
  get(): Promise<string>;
  /** The vendor refused the last one: the next `get` exchanges anew. */
  drop(): void;
};

/** The identity of this run, made anew for each call: a JWT for that audience. Throws ID_TOKEN_UNAVAILABLE. */
export type GetIdToken = (audience: string) => Promise<string>;

export type FederationOptions = {
  /** The provider's name, for messages. */
  name: string;
  entry: ProviderConfig;
  getIdToken: GetIdToken;
  /** Told of every access token before it is used. */
  onToken(token: string): void;
  fetch?: typeof fetch;
};

type Exchange = Required<FederationOptions> & {
  ids: Readonly<Record<string, string | undefined>>;
  /** The identity token for the vendor; kept until the next one, for what an error may tell of it. */
  getIdentity(): Promise<string>;
};

/** By vendor: how its SDK exchanges and caches tokens. Both refresh them before they end. */
const exchanges: Readonly<Record<string, (exchange: Exchange) => Promise<AccessTokens>>> = {
  anthropic: exchangeAtAnthropic,
  openai: exchangeAtOpenAI,
};

/** Long enough for a vendor that is slow, short enough for one that is not there. */
const TIMEOUT_MS = 30_000;

/** Asks nobody before the first `get`. Throws CONFIG_INVALID for a vendor that takes keys only. */
export async function createAccessTokens(options: FederationOptions): Promise<AccessTokens> {
  const { name, entry, getIdToken, onToken, fetch = globalThis.fetch } = options;
  const { vendor, federation: ids = {} } = entry;
  const exchange = exchanges[vendor];
  if (!exchange || !isFederatedVendor(vendor)) {
    throw new TammaError('CONFIG_INVALID', `providers.${name}.federation: ${vendor} takes keys only`);
  }
  const audience = ids.audience ?? federations[vendor].audience;
  let identity = '';
  const getIdentity = async () => {
    identity = await getIdToken(audience);
    return identity;
  };
  const timed: typeof globalThis.fetch = (input, init) =>
    fetch(input, { ...init, signal: AbortSignal.timeout(TIMEOUT_MS) });
  const tokens = await exchange({ ...options, fetch: timed, ids, getIdentity });
  let last = '';
  return {
    async get() {
      const token = await tokens.get().catch((error: unknown) => {
        throw toFederationError(error, { name, vendor, identity });
      });
      if (token !== last) onToken(token);
      last = token;
      return token;
    },
    drop: tokens.drop,
  };
}

/** RFC 7523 at the vendor's own base URL; refreshed two minutes before the end (its token-cache.ts). */
async function exchangeAtAnthropic({ entry, ids, getIdentity, fetch }: Exchange): Promise<AccessTokens> {
  const [{ oidcFederationProvider }, { TokenCache }] = await Promise.all([
    import('@anthropic-ai/sdk/lib/credentials/oidc-federation'),
    import('@anthropic-ai/sdk/lib/credentials/token-cache'),
  ]);
  const provider = oidcFederationProvider({
    identityTokenProvider: getIdentity,
    federationRuleId: ids.ruleId ?? '',
    organizationId: ids.organizationId ?? '',
    serviceAccountId: ids.serviceAccountId,
    workspaceId: ids.workspaceId,
    baseURL: entry.baseUrl ?? '',
    fetch,
  });
  const cache = new TokenCache(provider);
  return { get: () => cache.getToken(), drop: () => cache.invalidate() };
}

/** RFC 8693 at auth.openai.com; a token never outlives the identity it was exchanged for, so it is refreshed at half its life. */
async function exchangeAtOpenAI({ ids, getIdentity, fetch }: Exchange): Promise<AccessTokens> {
  const { WorkloadIdentityAuth } = await import('openai/auth/workload-identity-auth');
  const auth = new WorkloadIdentityAuth(
    {
      identityProviderId: ids.identityProviderId ?? '',
      serviceAccountId: ids.serviceAccountId ?? '',
      provider: { tokenType: 'jwt', getToken: getIdentity },
    },
    fetch,
  );
  return { get: () => auth.getToken(), drop: () => auth.invalidateToken() };
}
