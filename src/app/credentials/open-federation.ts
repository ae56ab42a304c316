import type { ProviderConfig } from '../../core/config/schema.ts';
import { once } from '../../lib/once.ts';
import type { AccessTokens } from '../../providers/federation.ts';
import type { Environment } from '../compose.ts';
import type { SecretKeeper } from './secret-keeper.ts';

export type OpenExchange = (name: string, entry: ProviderConfig) => Promise<AccessTokens>;

/**
 * The way from the identity of this run to tokens of vendors, the same for all steps; undefined where the run has no
 * identity. Nobody is asked before a token is needed.
 */
export async function openFederation(
  environment: Environment,
  { keeper, fetch }: { keeper: SecretKeeper; fetch?: typeof globalThis.fetch | undefined },
): Promise<OpenExchange | undefined> {
  const { findIdTokens } = await import('../../hosts/id-token.ts');
  const onToken = (value: string) => keeper.keep({ name: 'ID_TOKEN', value });
  const getIdToken = findIdTokens({ environment, onToken });
  if (!getIdToken) return undefined;
  const known = new Map<string, () => Promise<AccessTokens>>();
  return (name, entry) => {
    const open = async () => {
      const { createAccessTokens } = await import('../../providers/federation.ts');
      return createAccessTokens({
        ...{ name, entry, getIdToken },
        onToken: (value) => keeper.keep({ name: `TOKEN_OF_${name.toUpperCase()}`, value }),
        ...(fetch ? { fetch } : {}),
      });
    };
    const tokens = known.get(name) ?? once(open);
    known.set(name, tokens);
    return tokens();
  };
}
