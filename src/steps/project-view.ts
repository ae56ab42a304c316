import { TammaError } from '../core/errors.ts';
import type { EventData } from '../core/events/catalogue.ts';
import type { StepContext } from '../ports/step.ts';
import { type IssueText, readIssueText } from './issue-text.ts';

const MAX_LISTED = 400;
const MAX_NAMED = 20;
const RECENT_COMMITS = 10;

/** What a model is told of the project before it looks around with its tools. */
export type ProjectView = {
  issue: IssueText;
  context: EventData['CONTEXT.GATHERED.SUCCESS'];
  /** The repository as a list of paths, cut to the folders where it is too long. */
  map: string;
  namedFiles: readonly string[];
  recentCommits: readonly string[];
};

/** The gathered context, or a throw: steps after CONTEXT_GATHERING have it by the order of the loop. */
export function getContext({ state }: StepContext): EventData['CONTEXT.GATHERED.SUCCESS'] {
  if (state.context) return state.context;
  throw new TammaError('REALITY_DISAGREES', 'the log has no gathered context for this issue');
}

/** Made anew from the pinned base commit: the log holds its digest, not its content. */
export async function viewProject(stepContext: StepContext): Promise<ProjectView> {
  const context = getContext(stepContext);
  const { repository } = stepContext;
  const issue = await readIssueText(stepContext);
  const paths = (await repository.listFiles(context.baseSha)).map((file) => file.path);
  const commits = await repository.log(context.baseSha, { limit: RECENT_COMMITS });
  return {
    issue,
    context,
    map: toMap(paths),
    namedFiles: findNamedFiles(`${issue.title}\n${issue.body}`, paths),
    recentCommits: commits.map((commit) => commit.subject),
  };
}

/** Files of the repository that a text names by path or, where it is unambiguous, by file name. */
export function findNamedFiles(text: string, paths: readonly string[]): string[] {
  const words = new Set(text.split(/[^A-Za-z0-9_./-]+/).map((word) => word.replace(/[.,]+$/, '')));
  const byName = new Map<string, string[]>();
  for (const path of paths) {
    const name = path.slice(path.lastIndexOf('/') + 1);
    byName.set(name, [...(byName.get(name) ?? []), path]);
  }
  const found = paths.filter((path) => {
    const name = path.slice(path.lastIndexOf('/') + 1);
    return words.has(path) || (name.includes('.') && words.has(name) && byName.get(name)?.length === 1);
  });
  return found.slice(0, MAX_NAMED);
}

function toMap(paths: readonly string[]): string {
  const visible = paths.filter((path) => !path.startsWith('.tamma/'));
  if (visible.length <= MAX_LISTED) return visible.join('\n');
  const folders = new Map<string, number>();
  for (const path of visible) {
    const folder = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '.';
    folders.set(folder, (folders.get(folder) ?? 0) + 1);
  }
  return [...folders]
    .slice(0, MAX_LISTED)
    .map(([folder, count]) => `${folder}/ (${count} files)`)
    .join('\n');
}
