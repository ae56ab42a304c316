import { TammaError } from '../../core/errors.ts';
import type { IssueChange } from '../../ports/platform/issues.ts';
import { anything, issue, labels as labelList, type RawComment, type RawIssue } from './answers.ts';
import { writeSticky } from './comments.ts';
import { converge } from './converge.ts';
import { refusedWith } from './failure.ts';
import { findFresh, hasLabel, type IssueDesk, readIssue, type SeenIssue } from './issue-reader.ts';
import { addMarker, splitMarker } from './markers.ts';
import type { Api } from './request.ts';

/**
 * Writes what differs from what was seen of the issue last. What is there afterwards is what GitHub answered to the
 * writes: nothing is read twice. Labels are added and taken one by one, so that nobody's own are lost.
 */
export function updateIssue(desk: IssueDesk, number: number, change: IssueChange): Promise<SeenIssue> {
  return converge(desk.api, async () => {
    const seen = findFresh(desk, number);
    const before = seen ?? (await readIssue(desk, number));
    // Whatever goes wrong from here on, the next try looks first.
    desk.seen.delete(number);
    try {
      return await write(desk, before, change);
    } catch (error) {
      // Somebody may have taken away what was seen, such as our comment.
      if (!seen || ![404, 410].includes(refusedWith(error) ?? 0)) throw error;
      const now = await readIssue(desk, number);
      desk.seen.delete(number);
      return write(desk, now, change);
    }
  });
}

async function write(desk: IssueDesk, before: SeenIssue, change: IssueChange): Promise<SeenIssue> {
  const labels = await changeLabels(desk.api, before.raw, change);
  const assigned = await assignSelf(desk, before.raw, change);
  const comments = change.comment ? await comment(desk, before, change.comment) : before.comments;
  const patch = await findPatch(desk, before.raw, change);
  const patched = patch && (await desk.api.write(issue, PATCH, patch));
  const raw = patched ?? { ...(assigned ?? before.raw), labels };
  const after = { raw, comments, at: desk.clock.now().getTime() };
  desk.seen.set(before.raw.number, after);
  return after;
}

const PATCH = 'PATCH /repos/{owner}/{repo}/issues/{issue_number}';

/** Answers with all labels as they are then. */
async function changeLabels(
  api: Api,
  raw: RawIssue,
  { addLabels: added = [], removeLabels: removed = [] }: IssueChange,
): Promise<RawIssue['labels']> {
  const missing = added.filter((label) => !hasLabel(raw.labels, label));
  let labels = missing.length > 0 ? await addLabels(api, raw.number, missing) : raw.labels;
  for (const name of raw.labels.filter((label) => hasLabel(removed, label)))
    labels = (await removeLabel(api, raw.number, name)) ?? labels.filter((label) => label !== name);
  return labels;
}

/** A label the repository does not have yet is made first; GitHub does so itself for tokens that may. */
export async function addLabels(
  api: Api,
  number: number,
  names: readonly string[],
): Promise<RawIssue['labels']> {
  const add = () =>
    api.write(labelList, 'POST /repos/{owner}/{repo}/issues/{issue_number}/labels', {
      issue_number: number,
      labels: names.map((name) => name.trim()),
    });
  try {
    return await add();
  } catch (error) {
    if (![404, 422].includes(refusedWith(error) ?? 0)) throw error;
    for (const name of names) await createLabel(api, name.trim());
    return add();
  }
}

async function createLabel(api: Api, name: string): Promise<void> {
  try {
    await api.write(anything, 'POST /repos/{owner}/{repo}/labels', { name, color: 'bfd4f2' });
  } catch (error) {
    if (refusedWith(error) !== 422) throw error; // it is there already
  }
}

/** Undefined where somebody else took it off meanwhile. */
async function removeLabel(api: Api, number: number, name: string): Promise<RawIssue['labels'] | undefined> {
  try {
    return await api.write(labelList, 'DELETE /repos/{owner}/{repo}/issues/{issue_number}/labels/{name}', {
      issue_number: number,
      name,
    });
  } catch (error) {
    if (refusedWith(error) !== 404) throw error;
    return undefined;
  }
}

/** Where GitHub will not assign us (an app, a person without access) it leaves us out and says nothing. */
async function assignSelf(
  { api, self }: IssueDesk,
  raw: RawIssue,
  { assign }: IssueChange,
): Promise<RawIssue | undefined> {
  if (assign !== 'self') return undefined;
  const { login, assignable } = await self();
  if (assignable === false || raw.assignees?.some((assignee) => assignee.login === login)) return undefined;
  return api.write(issue, 'POST /repos/{owner}/{repo}/issues/{issue_number}/assignees', {
    issue_number: raw.number,
    assignees: [login],
  });
}

async function comment(
  { api, self }: IssueDesk,
  { raw, comments }: SeenIssue,
  { marker, body }: { marker: string; body: string },
): Promise<readonly RawComment[]> {
  return writeSticky(api, comments, { number: raw.number, marker, body, own: (await self()).id });
}

/** GitHub knows three reasons; anything else that is not about leaving the issue undone is its completion. */
function toStateReason(reason: string): 'completed' | 'not_planned' | 'duplicate' {
  if (/duplicate/i.test(reason)) return 'duplicate';
  return /not.?planned|won.?t|stop|cancel|abandon/i.test(reason) ? 'not_planned' : 'completed';
}

async function findPatch(desk: IssueDesk, raw: RawIssue, { close, body }: IssueChange) {
  const text = body === undefined ? undefined : await toOwnText(desk, raw, body);
  const closes = close !== undefined && raw.state !== 'closed';
  if (!closes && text === undefined) return undefined;
  return {
    issue_number: raw.number,
    ...(text === undefined ? {} : { body: text }),
    ...(closes ? { state: 'closed', state_reason: toStateReason(close.reason) } : {}),
  };
}

/** The new text with the marker the issue has; undefined where it is that already. */
async function toOwnText({ self }: IssueDesk, raw: RawIssue, body: string): Promise<string | undefined> {
  const { marker } = splitMarker(raw.body ?? '');
  if (marker === null || String(raw.user?.id) !== (await self()).id) {
    throw new TammaError('POLICY_VIOLATION', `the text of issue #${raw.number} is not ours to change`);
  }
  const text = addMarker(marker, body);
  return text === raw.body ? undefined : text;
}
