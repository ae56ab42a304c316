import { TammaError, toTammaError } from '../../core/errors.ts';
import type { Proposed, Site } from '../github-site.ts';
import type { PlannedFile } from './files.ts';
import { labelRows } from './labels.ts';
import type { Remaining } from './remaining.ts';

/** No issue's: those are named tamma/<number>-<slug>. */
const PROPOSAL_BRANCH = 'tamma-init';

const HELP =
  'Use a token of yours: a classic one with the scopes `repo` and `workflow`, or a fine-grained one with contents, pull requests and workflows: write. Or leave --pr out, and commit the files yourself.';

/** Throws before anything is written where it is known that GitHub will refuse workflow files. */
export async function refuseWeakToken(site: Site): Promise<void> {
  if (site.tokenKind === 'job')
    throw new TammaError('PLATFORM_AUTH', 'the token of a job may not write workflow files', { help: HELP });
  const scopes = await site.listScopes();
  if (!scopes || scopes.includes('workflow')) return;
  const text = `this token lacks the scope \`workflow\` (it has ${scopes.join(', ') || 'none'})`;
  throw new TammaError('PLATFORM_AUTH', text, { help: HELP });
}

/** The files as a pull request. Throws USAGE where its branch holds something else, PLATFORM_AUTH where GitHub refuses. */
export async function propose(site: Site, files: readonly PlannedFile[], remaining: readonly Remaining[]) {
  const proposal = {
    branch: PROPOSAL_BRANCH,
    files: new Map(files.map(({ path, text }) => [path, text])),
    title: 'Add Tamma',
    body: describe(files, remaining),
  };
  const proposed = await site.propose(proposal).catch((cause: unknown) => {
    // Of permissions, as tokens without scopes have them, GitHub only tells by refusing.
    const { code, message } = toTammaError(cause);
    if (code !== 'PLATFORM_REFUSED') throw cause;
    throw new TammaError('PLATFORM_AUTH', message, { help: HELP, cause });
  });
  if (proposed.status !== 'differs') return proposed;
  throw differs(site, proposed);
}

function differs({ pageUrl }: Site, { paths }: Extract<Proposed, { status: 'differs' }>): TammaError {
  return new TammaError(
    'USAGE',
    `the branch ${PROPOSAL_BRANCH} is there and holds another ${paths.join(', ')}`,
    {
      help: `Merge or close its pull request and delete the branch (${pageUrl}/branches), then repeat the command.`,
    },
  );
}

function describe(files: readonly PlannedFile[], remaining: readonly Remaining[]): string {
  const labels = labelRows(['tamma']).map(({ name }) => `\`${name}\``);
  return [
    'Tamma takes an issue that you label to a reviewed, merged change. It runs in this repository’s own Actions; nothing is hosted elsewhere.',
    'Merging this adds:',
    files.map(({ path }) => `- \`${path}\``).join('\n'),
    'Nothing happens before. To take it out again, delete these files and the branch `tamma-events`.',
    'What is left to do:',
    remaining
      .map(({ what, link }, index) => `${index + 1}. ${what}${link ? ` ([open](${link}))` : ''}`)
      .join('\n'),
    `Labels that Tamma uses: ${labels.join(', ')}. \`tamma init\` makes them with colours; otherwise they come when they are first set.`,
  ].join('\n\n');
}
