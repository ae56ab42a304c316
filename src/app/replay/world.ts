import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TammaError } from '../../core/errors.ts';
import { isOfType, type LoggedEvent } from '../../core/events/event.ts';
import { checkSha, git } from '../../lib/git.ts';
import type { Host } from '../../ports/host.ts';
import type { Platform } from '../../ports/platform.ts';
import type { Repository } from '../../ports/repository.ts';
import { compose } from '../compose.ts';
import type { Runtime } from '../runtime.ts';
import { findForgeIssue, readIssueText, withRecordedIssue } from './recorded-issue.ts';
import type { ReplayClock } from './replay-clock.ts';
import { type Session, serialiseSession } from './session.ts';

/** A repository of its own, as it was when the issue was begun, with an empty log. */
export type World = { runtime: Runtime; close(): Promise<void> };

/** What is needed of the runtime whose log is run again. */
export type WorldSource = Pick<Runtime, 'repository' | 'environment' | 'host' | 'signal'>;

export type WorldOptions = {
  issue: number;
  events: readonly LoggedEvent[];
  /** What answers for every model. */
  session: Session;
  clock: ReplayClock;
  sandbox?: 'required' | 'best-effort' | undefined;
  configFile?: string | undefined;
};

/** How far back our own commits before the first plan are looked for. */
const MAX_OWN_COMMITS = 50;

/**
 * What the steps run in again: a bare repository in a temporary folder that borrows the objects of the recorded one and
 * has no remote; no key and no token of this process is in its environment. Throws USAGE where the log does not tell where
 * it began, and where that commit is not in this clone.
 */
export async function openWorld(source: WorldSource, options: WorldOptions): Promise<World> {
  const { events, clock, session } = options;
  const begin = await findBegin(source.repository, options);
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'tamma-replay-')));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    const directory = join(folder, 'repository.git');
    const recording = join(folder, 'session.json');
    await writeFile(recording, serialiseSession(session), { mode: 0o600 });
    const selected = findForgeIssue(events);
    const text = selected && readIssueText(session);
    const platform = (plain: Platform) =>
      selected && text ? withRecordedIssue(plain, selected, text) : plain;
    await createRepository(directory, { source: source.repository, begin, author: findAuthor(events) });
    const runtime = await compose({
      directory,
      environment: toEnvironment(source, events),
      host: toHost(source.host),
      clock,
      signal: source.signal,
      recording,
      remote: 'none',
      fleeting: true,
      decorate: { platform },
      ...(options.sandbox ? { sandbox: options.sandbox } : {}),
      ...(options.configFile ? { configFile: options.configFile } : {}),
    });
    return {
      runtime,
      async close() {
        await runtime.close();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

type Begin = { branch: string; sha: string };

/** The base of the first plan, without what Tamma itself had written there about the issue by then. */
async function findBegin(repository: Repository, { events, issue }: WorldOptions): Promise<Begin> {
  const gathered = events.find((event) => isOfType(event, 'CONTEXT.GATHERED.SUCCESS'));
  if (!gathered || !isOfType(gathered, 'CONTEXT.GATHERED.SUCCESS')) {
    throw new TammaError(
      'USAGE',
      `issue ${issue} has not come to a base commit: there is nothing to run again`,
      {
        help: '`tamma replay` without --run shows what was decided up to there.',
      },
    );
  }
  const { baseBranch: branch, baseSha } = gathered.data;
  const began = events[0]?.timestamp.slice(0, 19) ?? '';
  try {
    const limit = findForgeIssue(events) ? 1 : MAX_OWN_COMMITS;
    const commits = await repository.log(baseSha, { limit });
    const isOwn = ({ body, date }: { body: string; date: string }) =>
      new RegExp(`^Tamma-Issue: ${issue}$`, 'm').test(body) && new Date(date).toISOString() >= began;
    return { branch, sha: commits.find((commit) => !isOwn(commit))?.sha ?? baseSha };
  } catch (cause) {
    throw new TammaError(
      'USAGE',
      `the commit that issue ${issue} began at is not in this clone: ${baseSha}`,
      {
        cause,
        help: `Fetch it first: git fetch origin ${baseSha}`,
      },
    );
  }
}

/** Whose commits they were: that a name is another one is no other decision. */
function findAuthor(events: readonly LoggedEvent[]): string {
  const assigned = events.find((event) => isOfType(event, 'ISSUE.ASSIGNED.SUCCESS'));
  const name = assigned && isOfType(assigned, 'ISSUE.ASSIGNED.SUCCESS') ? assigned.data.assignee : '';
  return name || 'Tamma replay';
}

async function createRepository(
  directory: string,
  { source, begin, author }: { source: Repository; begin: Begin; author: string },
): Promise<void> {
  await git(['init', '--quiet', '--bare', `--initial-branch=${begin.branch}`, '--', directory]);
  const at = { gitDirectory: directory, cwd: directory };
  await writeFile(
    join(directory, 'objects', 'info', 'alternates'),
    `${join(source.gitDirectory, 'objects')}\n`,
  );
  await git(['update-ref', `refs/heads/${begin.branch}`, checkSha(begin.sha)], at);
  await git(['config', 'user.name', author], at);
  await git(['config', 'user.email', 'replay@tamma.invalid'], at);
}

/** What programs need to be found, and the mode of then: nothing that opens anything. */
function toEnvironment({ environment }: WorldSource, events: readonly LoggedEvent[]): Runtime['environment'] {
  const { PATH, HOME, TMPDIR, LANG } = environment;
  const mode = events.find(({ tags }) => tags.mode)?.tags.mode;
  return { PATH, HOME, TMPDIR, LANG, ...(mode ? { TAMMA_MODE: mode } : {}) };
}

/** Whoever held a claim in the log is long gone. */
function toHost(host: Host): Host {
  return {
    kind: 'terminal',
    holder: host.holder,
    isAlive: () => 'dead',
    report: (progress) => host.report(progress),
  };
}
