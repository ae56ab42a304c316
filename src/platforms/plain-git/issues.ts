import { TammaError } from '../../core/errors.ts';
import type { Issue, IssuePort } from '../../ports/platform/issues.ts';
import { changeIssue, createIssueText, type Writer } from './issue-change.ts';
import { parseIssueFile } from './issue-file.ts';
import {
  changeTrunk,
  commitIssueText,
  getIssueFile,
  originsAt,
  type PlainGit,
  readIssueFiles,
} from './trunk.ts';

/** Issues as files of the default branch: reading is reading a commit, every write is one commit. */
export function createIssuePort(plain: PlainGit): IssuePort {
  return {
    list: (filter) => listIssues(plain, filter),
    async get(number) {
      const { head } = await plain.refs.findDefault();
      return (await getIssueFile(plain, head, number)).issue;
    },
    update: (number, change) =>
      changeTrunk(plain, async (base) => {
        const file = await getIssueFile(plain, base.head, number);
        const text = changeIssue(file, change, toWriter(plain));
        if (text === undefined) return { head: null, value: file.issue };
        const message = `Update issue #${number} (tamma)`;
        const written = await commitIssueText(plain, base.head, { number, text, message });
        return { head: written.head, value: written.file.issue };
      }),
    ensure: (draft) =>
      changeTrunk(plain, async (base) => {
        const { files } = await parseAll(plain, base.head);
        const known = files.find((file) => file.markers.get(0) === draft.marker.trim());
        if (known) return { head: null, value: known.issue };
        const number =
          1 +
          Math.max(await originsAt(plain, base.head).highest(), ...files.map((file) => file.issue.number));
        const text = createIssueText(draft, toWriter(plain));
        const message = `Open issue #${number} (tamma)`;
        const written = await commitIssueText(plain, base.head, { number, text, message });
        return { head: written.head, value: written.file.issue };
      }),
  };
}

export function toWriter(plain: PlainGit): Writer {
  return { login: plain.identity().name, now: plain.clock.now() };
}

/**
 * One file that cannot be read does not stop the work on the others: it is an error only where nothing else is found,
 * or when somebody asks for that very issue.
 */
async function listIssues(
  plain: PlainGit,
  { include, exclude }: Parameters<IssuePort['list']>[0],
): Promise<Issue[]> {
  const { head } = await plain.refs.findDefault();
  const { files, errors } = await parseAll(plain, head);
  const found = files
    .map((file) => file.issue)
    .filter(({ state }) => state === 'open')
    .filter(
      ({ labels }) =>
        labels.some((label) => include.includes(label)) && !labels.some((label) => exclude.includes(label)),
    )
    .sort((a, b) => a.number - b.number);
  if (found.length === 0 && errors.length > 0) {
    throw new TammaError('ISSUE_INVALID', errors.map((error) => error.message).join('\n'), {
      cause: errors[0],
    });
  }
  return found;
}

async function parseAll(plain: PlainGit, head: string) {
  const origins = originsAt(plain, head);
  const contents = await readIssueFiles(plain, head);
  const errors: TammaError[] = [];
  const parsed = await Promise.all(
    [...contents].map(([number, content]) =>
      parseIssueFile(number, content, origins.of(number)).catch((error: unknown) => {
        if (!(error instanceof TammaError)) throw error;
        errors.push(error);
        return undefined;
      }),
    ),
  );
  return { files: parsed.filter((file) => file !== undefined), errors };
}
