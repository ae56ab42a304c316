import { TammaError, toTammaError } from '../../core/errors.ts';
import type { Prompt } from '../../hosts/prompt.ts';
import type { Clock } from '../../ports/host.ts';
import type { Environment } from '../compose.ts';
import { openSite, type Site } from '../github-site.ts';
import { type Detected, detect } from './detect.ts';
import { draftFiles } from './drafts.ts';
import { type PlannedFile, planFiles } from './files.ts';
import { labelRows } from './labels.ts';
import { propose, refuseWeakToken } from './proposal.ts';
import { type Answers, askFor, assume } from './questions.ts';
import { listRemaining, type Remaining } from './remaining.ts';
import { openWorkTree, type WorkTree } from './work-tree.ts';

export type InitOptions = {
  directory: string;
  environment: Environment;
  clock: Clock;
  remote?: string | undefined;
  platform?: string | undefined;
  /** Undefined: nobody is there to be asked. */
  prompt?: Prompt | undefined;
  /** Take what was found. */
  yes: boolean;
  hardened: boolean;
  pr: boolean;
  dryRun: boolean;
  /** Length of a second in waits and time limits; default 1000 ms. */
  secondMs?: number | undefined;
};

export type InitReport = {
  platform: 'github' | 'plain-git';
  /** Why plain git, where somebody may have expected something else. */
  platformNote: string | null;
  dryRun: boolean;
  project: string;
  testCommand: string | null;
  files: readonly PlannedFile[];
  /** Null: they could not be made (`labelsNote` says why), or the pull request is to change nothing. */
  labels: { created: readonly string[]; kept: readonly string[] } | null;
  labelsNote: string | null;
  pull: { number: number; url: string; status: 'opened' | 'already-open' } | null;
  remaining: readonly Remaining[];
};

/** What `labels.include` is by default. */
const LABEL = 'tamma';

/**
 * Sets Tamma up in a checkout: files and labels, or a pull request with the files. May be repeated: what is there stays
 * as it is, also where it differs. Throws USAGE, and PLATFORM_AUTH for a token that is too weak, before it writes.
 */
export async function init(options: InitOptions): Promise<InitReport> {
  const { dryRun, pr, hardened, prompt, yes } = options;
  const workTree = await openWorkTree(options.directory, options.environment);
  const detected = await detect(options, workTree);
  refuseImpossible(options, { place: detected.place, isBare: workTree.bare });
  const { site, note } = detected.place ? await openSiteIfPossible(options) : { note: null };
  if (pr && site && !dryRun) await refuseWeakToken(site);
  const answers = prompt && !yes ? await askFor(prompt, detected) : assume(detected);
  const drafts = await draftFiles(detected, answers, hardened ? 'hardened' : 'minimal');
  const setting = { detected, answers, site, note, workTree, dryRun };
  const done =
    pr && site
      ? await proposeAll(await planFiles(drafts, site.readText), { ...setting, site })
      : await writeAll(await planFiles(drafts, workTree.read), setting);
  return {
    platform: detected.place ? 'github' : 'plain-git',
    platformNote: detected.whyPlainGit ?? null,
    dryRun,
    project: detected.project,
    testCommand: detected.testCommand ?? answers.test,
    ...done,
  };
}

type Setting = {
  detected: Detected;
  answers: Answers;
  site?: Site | undefined;
  /** Why there is no site. */
  note: string | null;
  workTree: WorkTree;
  dryRun: boolean;
};

type Done = Pick<InitReport, 'files' | 'labels' | 'labelsNote' | 'pull' | 'remaining'>;

async function writeAll(files: readonly PlannedFile[], setting: Setting): Promise<Done> {
  const { workTree, dryRun } = setting;
  const fresh = listFresh(files);
  for (const { path, text } of dryRun ? [] : fresh) await workTree.create(path, text);
  const written = fresh.map(({ path }) => path);
  const left = await workTree.listUncommitted(files.map(({ path }) => path));
  const remaining = await remain(setting, { written: [...new Set([...written, ...left])] });
  return { files, ...(await makeLabels(setting)), pull: null, remaining };
}

/** They are a convenience: the first run sets what it needs. */
async function makeLabels({ site, note, dryRun }: Setting): Promise<Pick<Done, 'labels' | 'labelsNote'>> {
  if (!site) return { labels: null, labelsNote: note };
  try {
    return { labels: await site.ensureLabels(labelRows([LABEL]), !dryRun), labelsNote: null };
  } catch (error) {
    return { labels: null, labelsNote: toTammaError(error).message };
  }
}

async function proposeAll(files: readonly PlannedFile[], setting: Setting & { site: Site }): Promise<Done> {
  const fresh = listFresh(files);
  const isDone = setting.dryRun || fresh.length === 0;
  const pull = isDone ? null : await propose(setting.site, fresh, await remain(setting, {}));
  return {
    files,
    labels: null,
    labelsNote: null,
    pull,
    remaining: await remain(setting, { pullUrl: pull?.url }),
  };
}

function listFresh(files: readonly PlannedFile[]): PlannedFile[] {
  return files.filter(({ status }) => status === 'new');
}

function remain(
  { detected: { place }, answers: { vendor }, site }: Setting,
  { written = [], pullUrl }: { written?: readonly string[]; pullUrl?: string | undefined },
): Promise<Remaining[]> {
  return listRemaining({ place, site, vendor, written, pullUrl, label: LABEL });
}

function refuseImpossible(
  options: InitOptions,
  { place, isBare }: { place: Detected['place']; isBare: boolean },
): void {
  const { prompt, yes, dryRun, pr, hardened } = options;
  if (!prompt && !yes && !dryRun)
    throw new TammaError('USAGE', 'tamma init asks questions, and nobody is there to answer them', {
      help: 'Say --yes to take what was found; `tamma init --dry-run` shows it first.',
    });
  if (isBare && !pr)
    throw new TammaError('USAGE', 'this repository is bare: there is no folder to write files to', {
      help: 'Run it in a clone, or propose the files with --pr.',
    });
  if (!place && (options.platform ?? options.environment.TAMMA_PLATFORM) === 'github')
    throw new TammaError('USAGE', 'no remote of this repository is on GitHub', {
      help: 'Set GITHUB_SERVER_URL to the address of your server if it is none of github.com.',
    });
  if (!place && (pr || hardened))
    throw new TammaError('USAGE', `${pr ? '--pr' : '--hardened'} is for GitHub, and no remote is on it`, {
      help: 'Add the remote first, or leave it out: on plain git issues are files in .tamma/issues.',
    });
}

type Opened = { site?: Site; note: string | null };

/** Without a token that works there are the files all the same; only a pull request cannot do without. */
async function openSiteIfPossible(options: InitOptions): Promise<Opened> {
  try {
    const site = await openSite(options);
    if (!site) return { note: null };
    await site.listScopes();
    return { site, note: null };
  } catch (error) {
    if (options.pr) throw error;
    return { note: toTammaError(error).message };
  }
}
