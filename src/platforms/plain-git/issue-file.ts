import { createHash } from 'node:crypto';
import { TammaError } from '../../core/errors.ts';
import type { Comment, Issue } from '../../ports/platform/issues.ts';
import type { Pull } from '../../ports/platform/pulls.ts';
import { FormatError, type RawDocument, type RawFile, splitDocuments, unescapeBody } from './document.ts';
import {
  type CommentHeader,
  commentHeader,
  findKind,
  issueHeader,
  parseHeader,
  pullHeader,
} from './front-matter.ts';

/** What the file does not say and git's history does. */
export type FileOrigin = { createdAt: string; updatedAt: string; author: string };

/** One issue as it stands in a commit. `raw` is what a change is made on. */
export type IssueFile = {
  issue: Issue;
  pull: Pull | undefined;
  /** The marker of the issue itself and of each comment, by index into `raw.documents`. */
  markers: ReadonlyMap<number, string>;
  /** Index of the pull request in `raw.documents`, where there is one; the last, where an issue was opened again. */
  pullIndex: number | undefined;
  raw: RawFile;
};

export const issueFolder = '.tamma/issues';

export function issuePath(number: number): string {
  return `${issueFolder}/${number}.md`;
}

/** The number a file name of the folder stands for; undefined for everything else people keep there. */
export function findIssueNumber(path: string): number | undefined {
  const digits = /^\.tamma\/issues\/([1-9][0-9]{0,9})\.md$/.exec(path)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** Throws ISSUE_INVALID naming file, line and what to write. `origin` is asked only where the file says too little. */
export async function parseIssueFile(
  number: number,
  content: Buffer,
  origin: () => Promise<FileOrigin>,
): Promise<IssueFile> {
  try {
    const raw = splitDocuments(decode(content));
    const [first, ...rest] = raw.documents as [RawDocument, ...RawDocument[]];
    const header = parseHeader(first, issueHeader);
    const fallback = header.createdAt && header.updatedAt && header.author ? undefined : await origin();
    const read = readDocuments(number, rest);
    if (header.marker) read.markers.set(0, header.marker);
    const issue: Issue = {
      number,
      title: header.title,
      body: unescapeBody(first.body),
      labels: header.labels,
      state: header.state,
      assignees: header.assignees,
      author: header.author ?? fallback?.author ?? '',
      priority: header.priority,
      createdAt: header.createdAt ?? fallback?.createdAt ?? '',
      updatedAt: header.updatedAt ?? fallback?.updatedAt ?? '',
      url: issuePath(number),
      comments: read.comments,
    };
    return { issue, pull: read.pull, pullIndex: read.pullIndex, markers: read.markers, raw };
  } catch (error) {
    throw error instanceof FormatError ? toInvalid(issuePath(number), error) : error;
  }
}

function toInvalid(file: string, error: FormatError): TammaError {
  return new TammaError('ISSUE_INVALID', `${file}:${error.line}: ${error.message}`, {
    help: `Mend ${file} on the default branch and commit it.`,
    details: { file, line: error.line },
    cause: error,
  });
}

function decode(content: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content);
  } catch (cause) {
    throw Object.assign(new FormatError(1, 'the file is not UTF-8 text; save it as UTF-8'), { cause });
  }
}

function readDocuments(number: number, documents: readonly RawDocument[]) {
  const comments: Comment[] = [];
  const markers = new Map<number, string>();
  let pull: Pull | undefined;
  let pullIndex: number | undefined;
  for (const [offset, document] of documents.entries()) {
    const kind = findKind(document);
    if (kind === 'pull-request') {
      pull = toPull(number, document);
      pullIndex = offset + 1;
    } else if (kind === undefined) {
      const header = parseHeader(document, commentHeader);
      if (header.marker) markers.set(offset + 1, header.marker);
      comments.push(toComment(header, document, comments));
    }
  }
  return { comments, markers, pull, pullIndex };
}

function toPull(number: number, document: RawDocument): Pull {
  const { branch, base, head, state, draft, title, labels, mergeSha } = parseHeader(document, pullHeader);
  const url = `${issuePath(number)}#pull-request`;
  return {
    number,
    url,
    branch,
    base,
    head,
    state,
    draft,
    title,
    body: unescapeBody(document.body),
    labels,
    mergeSha,
  };
}

/**
 * Only a comment of ours carries a marker, and nothing a person writes by hand is read as ours without one: in a
 * terminal Tamma works under the person's own name.
 */
function toComment(header: CommentHeader, document: RawDocument, earlier: readonly Comment[]): Comment {
  const digest = createHash('sha256')
    .update(`${header.author}\0${header.createdAt}`)
    .digest('hex')
    .slice(0, 16);
  const twins = earlier.filter(
    (comment) => comment.id === digest || comment.id.startsWith(`${digest}-`),
  ).length;
  return {
    id: twins === 0 ? digest : `${digest}-${twins + 1}`,
    author: {
      kind: header.marker ? 'system' : 'human',
      id: header.author,
      login: header.author,
      via: 'plain-git',
    },
    createdAt: header.createdAt,
    editedAt: header.editedAt ?? null,
    body: unescapeBody(document.body),
    marker: header.marker ?? null,
  };
}
