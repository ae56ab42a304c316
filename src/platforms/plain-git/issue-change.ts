import type { IssueChange } from '../../ports/platform/issues.ts';
import type { Pull } from '../../ports/platform/pulls.ts';
import { escapeBody, joinDocuments, normaliseBody, type RawDocument, unescapeBody } from './document.ts';
import { changeHeader } from './front-matter.ts';
import type { IssueFile } from './issue-file.ts';

/** Who writes, and when. */
export type Writer = { login: string; now: Date };

export type PullForm = Omit<Pull, 'number' | 'url'>;

/** The file's text after the change; undefined where it says all of that already. */
export function changeIssue(file: IssueFile, change: IssueChange, writer: Writer): string | undefined {
  const header = {
    ...changedPeople(file, change, writer),
    ...changedLabels(file, change),
    ...changedState(file, change),
  };
  const documents = changedComment(file, change, writer);
  if (Object.keys(header).length === 0 && !documents) return undefined;
  return writeDocuments(file, documents ?? file.raw.documents, header, writer);
}

/** The file's text with this pull request; undefined where it says all of that already. */
export function changePull(file: IssueFile, pull: PullForm, writer: Writer): string | undefined {
  const { body, ...values } = pull;
  const old = file.pull;
  if (old && toForm(old) === toForm(pull)) return undefined;
  const isNew = !old || file.pullIndex === undefined || (old.state === 'merged' && pull.state !== 'merged');
  const changed: RawDocument = isNew
    ? createDocument({ kind: 'pull-request', ...values, createdAt: writer.now.toISOString() }, body)
    : changeDocument(file.raw.documents[file.pullIndex ?? 0], values, body);
  const documents = isNew
    ? [...file.raw.documents, changed]
    : file.raw.documents.map((document, index) => (index === file.pullIndex ? changed : document));
  return writeDocuments(file, documents, {}, writer);
}

/** The text of a new issue file. */
export function createIssueText(
  draft: { marker: string; title: string; body: string; labels: readonly string[] },
  writer: Writer,
): string {
  const now = writer.now.toISOString();
  const { title, labels, marker } = draft;
  const header = {
    title: title.replace(/\s+/g, ' ').trim(),
    labels: toLabels(labels),
    state: 'open',
    assignees: [],
    priority: null,
    author: writer.login,
    createdAt: now,
    updatedAt: now,
    marker,
  };
  return joinDocuments({
    byteOrderMark: false,
    lineEnd: '\n',
    documents: [createDocument(header, draft.body)],
  });
}

function changedPeople({ issue }: IssueFile, change: IssueChange, writer: Writer) {
  if (!change.assign || issue.assignees.includes(writer.login)) return {};
  return { assignees: [...issue.assignees, writer.login] };
}

function changedLabels({ issue }: IssueFile, { addLabels = [], removeLabels = [] }: IssueChange) {
  const added = toLabels(addLabels);
  const kept = issue.labels.filter((label) => !removeLabels.includes(label) || added.includes(label));
  const labels = [...kept, ...added.filter((label) => !kept.includes(label))];
  return labels.length === issue.labels.length && added.every((label) => issue.labels.includes(label))
    ? {}
    : { labels };
}

/** As they read back. */
function toLabels(labels: readonly string[]): string[] {
  return [...new Set(labels.map((label) => label.trim()))];
}

function changedState({ issue }: IssueFile, { close }: IssueChange) {
  return !close || issue.state === 'closed' ? {} : { state: 'closed', closedReason: close.reason };
}

function changedComment(
  file: IssueFile,
  { comment }: IssueChange,
  writer: Writer,
): RawDocument[] | undefined {
  if (!comment) return undefined;
  const { documents } = file.raw;
  const marker = comment.marker.trim();
  const index = documents.findIndex((_, place) => place > 0 && file.markers.get(place) === marker);
  const now = writer.now.toISOString();
  if (index < 0) {
    return [...documents, createDocument({ author: writer.login, createdAt: now, marker }, comment.body)];
  }
  const found = documents[index];
  if (found && unescapeBody(found.body) === normaliseBody(comment.body)) return undefined;
  return documents.with(index, changeDocument(found, { editedAt: now }, comment.body));
}

/** Everything two pull requests can differ in, in the form in which it comes back from the file. */
function toForm(pull: PullForm): string {
  const { branch, base, head, state, draft, title, body, labels, mergeSha } = pull;
  return JSON.stringify([
    branch,
    base,
    head,
    state,
    draft,
    title.trim(),
    normaliseBody(body),
    labels,
    mergeSha,
  ]);
}

function createDocument(header: Readonly<Record<string, unknown>>, body: string): RawDocument {
  return { header: changeHeader('', header), headerLine: 0, body: escapeBody(body) };
}

function changeDocument(
  document: RawDocument | undefined,
  header: Readonly<Record<string, unknown>>,
  body: string,
): RawDocument {
  return { header: changeHeader(document?.header ?? '', header), headerLine: 0, body: escapeBody(body) };
}

function writeDocuments(
  file: IssueFile,
  documents: readonly RawDocument[],
  header: Readonly<Record<string, unknown>>,
  writer: Writer,
): string {
  const [first, ...rest] = documents as [RawDocument, ...RawDocument[]];
  const { raw: ignoredRaw, ...old } = first;
  const stamped = {
    ...old,
    header: changeHeader(first.header, { ...header, updatedAt: writer.now.toISOString() }),
  };
  return joinDocuments({ ...file.raw, documents: [stamped, ...rest] });
}
