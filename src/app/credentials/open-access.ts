import type { AppTokens } from '../../platforms/github/app-token.ts';
import type { Clock } from '../../ports/host.ts';
import type { ChosenPlatform } from '../choose-platform.ts';
import type { SecretKeeper } from './secret-keeper.ts';

/** The platform with what opens it. */
export type Access = {
  chosen: ChosenPlatform;
  /** Of a GitHub App; then `chosen.token` is used for nothing. */
  tokens: AppTokens | undefined;
  /** Ends what was made for this run. May be repeated; never throws. */
  close(): Promise<void>;
};

type OpenAccessOptions = { keeper: SecretKeeper; clock: Clock; secondMs?: number | undefined };

/** Nothing is asked for before the platform is. Throws APP_KEY_INVALID. */
export async function openAccess(
  chosen: ChosenPlatform,
  { keeper, clock, secondMs }: OpenAccessOptions,
): Promise<Access> {
  if (chosen.id !== 'github' || !chosen.app) return { chosen, tokens: undefined, close: async () => {} };
  const { owner, repo, apiUrl, app } = chosen;
  const [{ createAppTokens }, { listKeySecrets }, { toHeaderSource }] = await Promise.all([
    import('../../platforms/github/app-token.ts'),
    import('../../platforms/github/app-jwt.ts'),
    import('../../platforms/github/tokens.ts'),
  ]);
  keeper.keep(...listKeySecrets(app.privateKey).map((value) => ({ name: 'TAMMA_APP_PRIVATE_KEY', value })));
  const tokens = createAppTokens({
    ...{ owner, repo, apiUrl, clock, ...app },
    ...(secondMs === undefined ? {} : { secondMs }),
    onToken: (value) => keeper.keep({ name: 'GITHUB_APP_TOKEN', value }),
  });
  const remote = { ...chosen.remote, authorization: toHeaderSource(tokens) };
  return { chosen: { ...chosen, remote }, tokens, close: tokens.revoke };
}
