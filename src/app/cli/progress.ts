import { createJsonView } from '../../hosts/json-view.ts';
import { createLiveView } from '../../hosts/live-view.ts';
import { createPlainView, type ProgressStream, type ProgressView } from '../../hosts/progress-view.ts';
import { createPalette } from '../../lib/palette.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export type ProgressChoice = {
  stream: ProgressStream & { isTTY?: boolean };
  environment: Environment;
  runId: string;
  now(): Date;
};

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];

/** Progress goes to standard error: JSON lines in CI, a live view on a terminal, plain lines otherwise. */
export function chooseProgressView(choice: ProgressChoice): ProgressView | Promise<ProgressView> {
  const { stream, environment, runId, now } = choice;
  const level = findLevel(environment);
  if (level === 'silent') return { show() {}, close() {} };
  if (isCi(environment)) return createJsonView({ stream, level, runId });
  const palette = createPalette(wantsColour(environment, stream.isTTY));
  const createView = stream.isTTY && environment.TERM !== 'dumb' ? createLiveView : createPlainView;
  return createView({ stream, palette, now });
}

function findLevel(environment: Environment): string {
  const wanted = environment.TAMMA_LOG_LEVEL?.trim().toLowerCase() ?? '';
  if (LEVELS.includes(wanted)) return wanted;
  return environment.TAMMA_DEBUG ? 'debug' : 'info';
}

/** Every CI we know of sets `CI` (GitHub, GitLab, Gitea, Forgejo, Bitbucket); Azure DevOps sets `TF_BUILD`. */
export function isCi(environment: Environment): boolean {
  const ci = environment.CI?.toLowerCase() ?? '';
  return (ci !== '' && ci !== 'false' && ci !== '0') || Boolean(environment.TF_BUILD);
}

/** https://no-color.org, and FORCE_COLOR as Node itself reads it. */
export function wantsColour(environment: Environment, isTty: boolean | undefined): boolean {
  if (environment.NO_COLOR) return false;
  const forced = environment.FORCE_COLOR;
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  return Boolean(isTty) && environment.TERM !== 'dumb';
}
