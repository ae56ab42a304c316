import { TammaError } from '../core/errors.ts';
import { type Intent, intent as intentSchema } from '../core/intents.ts';
import { neutraliseCommitMessage, neutraliseMarkdown, neutraliseTitle } from '../core/text/neutralise.ts';

/** Finds secrets this run knows, and texts of the shape of one. */
export type LeakCheck = { finds(text: string): boolean };

/** What the run may touch. Intents come from a job that has read untrusted text: none of them widens this. */
export type PublishScope = {
  issue: number;
  /** The pull request the log knows of; null where it knows none, and then none is merged. */
  pull: number | null;
  /** Hosts that links may lead to besides none. */
  hosts?: readonly string[];
  /** Globs of the configuration, protected besides the built-in ones. */
  protectedPaths?: readonly string[];
  /** Workflows that the configuration names: nothing else is started. */
  workflows?: readonly string[];
};

/**
 * The intents as they may leave: checked against their schema and the scope, every text neutralised for its channel.
 * Throws POLICY_VIOLATION, naming all that is wrong; nothing was written then.
 */
export function prepareIntents(intents: readonly unknown[], scope: PublishScope, leaks: LeakCheck): Intent[] {
  const problems: string[] = [];
  const prepared = intents.map((candidate, index) => {
    const parsed = intentSchema.safeParse(candidate);
    if (!parsed.success) {
      const where = parsed.error.issues[0];
      problems.push(
        `intent ${index + 1} does not fit its schema (${where?.path.join('.')}: ${where?.message})`,
      );
      return undefined;
    }
    const outside = findOutside(parsed.data, scope);
    if (outside) problems.push(`intent ${index + 1} ${outside}`);
    const clean = neutraliseIntent(parsed.data, scope);
    // Both forms: neutralising may take apart what a reader would put together again.
    if ([...listTexts(parsed.data), ...listTexts(clean)].some((text) => leaks.finds(text))) {
      problems.push(`intent ${index + 1} (${clean.kind}) holds a secret`);
    }
    return clean;
  });
  if (problems.length > 0)
    throw new TammaError('POLICY_VIOLATION', `nothing was published: ${problems.join('; ')}`);
  return prepared.filter((intent) => intent !== undefined);
}

/** Why the intent reaches beyond the issue at hand; undefined where it does not. */
function findOutside(intent: Intent, { issue, pull, workflows = [] }: PublishScope): string | undefined {
  const isOurs = (branch: string) => branch.startsWith(`tamma/${issue}-`);
  switch (intent.kind) {
    case 'issue':
      return intent.number === issue || intent.number === pull ? undefined : `writes to #${intent.number}`;
    case 'create-issue':
      return undefined;
    case 'branch':
    case 'delete-branch':
      return isOurs(intent.name) ? undefined : `writes to the branch ${intent.name}`;
    case 'pull-request':
      return intent.issue === issue && isOurs(intent.branch)
        ? undefined
        : `is a pull request of ${intent.branch} for #${intent.issue}`;
    case 'merge':
      return intent.pull === pull && isOurs(intent.branch)
        ? undefined
        : `merges pull request ${intent.pull} of ${intent.branch}`;
    case 'withdraw-merge':
      return intent.pull === pull ? undefined : `touches pull request ${intent.pull}`;
    case 'dispatch':
      return workflows.includes(intent.workflow) ? undefined : `starts the workflow ${intent.workflow}`;
    case 'resolve-thread':
      return intent.pull === pull ? undefined : `answers on pull request ${intent.pull}`;
  }
}

function neutraliseIntent(intent: Intent, { issue: ownIssue, hosts = [] }: PublishScope): Intent {
  // Bodies of comments and pull requests are our templates, whose foreign parts were neutralised one by one before.
  const template = (text: string) =>
    neutraliseMarkdown(text, { ownIssue, allowedHosts: hosts, isTemplate: true });
  const title = (text: string) => neutraliseTitle(text, { ownIssue });
  switch (intent.kind) {
    case 'issue': {
      const { comment } = intent;
      return comment
        ? { ...intent, comment: { marker: comment.marker, body: template(comment.body) } }
        : intent;
    }
    case 'create-issue':
      return {
        ...intent,
        title: title(intent.title),
        body: neutraliseMarkdown(intent.body, { ownIssue, allowedHosts: hosts }),
      };
    case 'pull-request':
      return { ...intent, title: title(intent.title), body: template(intent.body) };
    case 'merge':
      return {
        ...intent,
        title: title(intent.title),
        body: neutraliseCommitMessage(intent.body, { ownIssue }),
      };
    case 'resolve-thread':
      return { ...intent, body: template(intent.body) };
    case 'withdraw-merge':
    case 'dispatch':
    case 'branch':
    case 'delete-branch':
      return intent;
  }
}

/** Every text of an intent that somebody may read. */
function listTexts(intent: Intent): string[] {
  const texts: string[] = [];
  JSON.stringify(intent, (_key, value: unknown) => {
    if (typeof value === 'string') texts.push(value);
    return value;
  });
  return texts;
}
