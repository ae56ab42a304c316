import { TammaError } from '../../core/errors.ts';
import type { BranchApi } from '../../ports/branch-api.ts';
import { createApiBackend } from './api-backend.ts';
import { createLocalBackend } from './local-backend.ts';
import type { LogBackend } from './log-backend.ts';
import type { Remote } from './remote.ts';
import { createRemoteBackend } from './remote-backend.ts';
import { createSeenHead } from './seen-head.ts';
import { createWireBackend } from './wire-backend.ts';

export type Transport = 'auto' | 'wire' | 'git' | 'api';

export type BackendChoice = {
  gitDirectory: string;
  branch: string;
  remote?: Remote;
  transport?: Transport;
  /** The platform's, where it has one. */
  api?: BranchApi | undefined;
  /** Told once, where git takes over from the wire. */
  onFallback?: (reason: string) => void;
};

/** A ref of this repository, or a branch on a remote: over http and https without any process, else through git, or through an API. */
export function chooseBackend(choice: BackendChoice): LogBackend {
  const { gitDirectory, branch, remote, transport = 'auto', api, onFallback } = choice;
  if (!remote) return createLocalBackend({ gitDirectory, branch });
  const seen = createSeenHead({ gitDirectory, url: remote.url, branch });
  const openGit = () => createRemoteBackend({ gitDirectory, branch, remote, seen });
  if (transport === 'api') {
    if (api) return createApiBackend({ api, branch, seen, openGit });
    throw new TammaError('CONFIG_INVALID', 'events.transport: the platform has no API for the log', {
      help: 'Set `events.transport: auto`.',
    });
  }
  const isHttp = /^https?:\/\//i.test(remote.url);
  if (transport === 'git' || (transport === 'auto' && !isHttp)) return openGit();
  return createWireBackend({ branch, remote, seen, openGit, ...(onFallback ? { onFallback } : {}) });
}
