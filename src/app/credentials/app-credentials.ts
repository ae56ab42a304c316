import { TammaError } from '../../core/errors.ts';

export type AppCredentials = { appId: string; privateKey: string };

/** A GitHub App to work as: `TAMMA_APP_ID` (or the client id) and `TAMMA_APP_PRIVATE_KEY`. Throws USAGE for half of it. */
export function findAppCredentials(
  environment: Readonly<Record<string, string | undefined>>,
): AppCredentials | undefined {
  const appId = environment.TAMMA_APP_ID?.trim();
  const privateKey = environment.TAMMA_APP_PRIVATE_KEY?.trim();
  if (!appId && !privateKey) return undefined;
  if (!appId || !privateKey) {
    const missing = appId ? 'app-private-key (TAMMA_APP_PRIVATE_KEY)' : 'app-id (TAMMA_APP_ID)';
    throw new TammaError('USAGE', `a GitHub App needs both its id and its key: ${missing} is empty`, {
      help: 'Give both, or neither. A secret that this event may not read, such as one of a fork, is empty.',
    });
  }
  if (!/^[\w.-]{1,100}$/.test(appId)) {
    throw new TammaError('USAGE', 'app-id must be the number of the GitHub App or its client id');
  }
  return { appId, privateKey };
}
