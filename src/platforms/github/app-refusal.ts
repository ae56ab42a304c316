import { TammaError } from '../../core/errors.ts';
import { refusedWith } from './failure.ts';
import type { Api } from './request.ts';

/** What Tamma does with an app's token, each permission with its reason; a token never has more than these. */
export const appPermissions = {
  /** Starts its own next run and the project's CI, reads the logs of failed jobs. */
  actions: 'write',
  checks: 'read',
  /** Branches, commits, the log, merges. */
  contents: 'write',
  deployments: 'read',
  /** Comments, labels, assignees, reactions; the dashboard. */
  issues: 'write',
  metadata: 'read',
  pull_requests: 'write',
  statuses: 'read',
} as const;

type Asked = { asApp: Api; appId: string; settings?: string };

/** GitHub's refusals of an app as what to do about them; every other error as it is. */
export function toAppError(error: unknown, { asApp: { owner, repo }, appId, settings }: Asked): unknown {
  if (!(error instanceof TammaError)) return error;
  const place = `${owner}/${repo}`;
  const { message, details } = error;
  if (error.code === 'PLATFORM_AUTH') {
    return new TammaError(
      'APP_KEY_INVALID',
      `GitHub does not take the key for the GitHub App ${appId}: ${message}`,
      {
        details,
        cause: error,
      },
    );
  }
  const status = refusedWith(error);
  if (status === 404 && /integration not found/i.test(message)) {
    return new TammaError('APP_KEY_INVALID', `there is no GitHub App ${appId} at this server`, {
      cause: error,
    });
  }
  if (status === 404) {
    return new TammaError('APP_NOT_INSTALLED', `the GitHub App ${appId} is not installed on ${place}`, {
      cause: error,
    });
  }
  if (status === 422 && /permission/i.test(message)) {
    return new TammaError('APP_PERMISSION_MISSING', `the GitHub App ${appId} lacks permissions: ${message}`, {
      ...(settings ? { help: `Let an owner accept what the app asks for: ${settings}` } : {}),
      cause: error,
    });
  }
  if (status === 422 || status === 403) {
    return new TammaError(
      'APP_NOT_INSTALLED',
      `the GitHub App ${appId} cannot work on ${place}: ${message}`,
      {
        ...(settings ? { help: `Look at its installation: ${settings}` } : {}),
        cause: error,
      },
    );
  }
  return error;
}
