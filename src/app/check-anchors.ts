import { TammaError } from '../core/errors.ts';
import { findAnchor } from '../core/events/anchor-text.ts';
import type { StepId } from '../core/loop.ts';
import type { LoopState } from '../core/state.ts';
import type { Anchor, EventStore } from '../ports/event-store.ts';
import type { Issue } from '../ports/platform/issues.ts';
import type { Runtime } from './runtime.ts';
import { STICKY } from './sticky.ts';

type Subject = { issue: number; state: Pick<LoopState, 'pull' | 'branch'> };

/** Before these the platform is asked: before the work, and before what nobody can take back. Each costs requests. */
const ASKED_BEFORE: readonly StepId[] = ['CODE_GENERATION', 'MERGE'];

/** Compares the log with the newest head of the anchor file, once a run. Throws LOG_CORRUPT where it is shorter or another one. */
export async function checkAnchorFile({ anchors, store }: Runtime): Promise<void> {
  if (!anchors.isFirst('file')) return;
  for (const anchor of (await anchors.read()).slice(-1)) await compareAnchor(store, anchor);
}

/**
 * The same with what stands in the pull request of the issue or, before there is one, in its status comment, where the
 * step is worth asking the platform for it.
 */
export async function checkNotedAnchors(
  runtime: Runtime,
  { issue, state, stepId }: Subject & { stepId: StepId },
): Promise<void> {
  const { anchors, store } = runtime;
  if (!ASKED_BEFORE.includes(stepId) || !anchors.isFirst(`issue ${issue}`)) return;
  for (const anchor of await readNoted(runtime, { issue, state })) await compareAnchor(store, anchor);
}

/** The same for an issue that was read anyway: one that the log knows nothing of any more would be begun again. */
export async function checkIssueAnchors({ store }: Runtime, issue: Issue): Promise<void> {
  for (const anchor of findSticky(issue)) await compareAnchor(store, anchor);
}

/** What cannot be read is told, and is no reason to stop. */
async function readNoted(runtime: Runtime, { issue, state }: Subject): Promise<Anchor[]> {
  try {
    const { pull, branch } = state;
    return pull && branch ? await readPull(runtime, branch) : await readComment(runtime, issue);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const text = `the log was not compared with what is noted on issue ${issue}: ${runtime.redactor.redact(why)}`;
    runtime.host.report({ kind: 'note', level: 'warning', text });
    return [];
  }
}

/** All that is noted about an issue. Throws what the platform throws. */
export async function readPlatformAnchors(
  runtime: Pick<Runtime, 'platform'>,
  { issue, state }: Subject,
): Promise<Anchor[]> {
  const ofPull = state.pull && state.branch ? await readPull(runtime, state.branch) : [];
  return [...ofPull, ...(await readComment(runtime, issue))];
}

async function readPull({ platform }: Pick<Runtime, 'platform'>, branch: string): Promise<Anchor[]> {
  const pull = await platform.pulls.find(branch);
  return toList(pull && findAnchor(pull.body, `pull request #${pull.number}`));
}

async function readComment({ platform }: Pick<Runtime, 'platform'>, issue: number): Promise<Anchor[]> {
  if (platform.capabilities.issueWrites !== 'api') return [];
  return findSticky(await platform.issues.get(issue));
}

function findSticky({ number, comments }: Issue): Anchor[] {
  const sticky = comments.find(({ marker }) => marker === STICKY);
  return toList(sticky && findAnchor(sticky.body, `the status comment of issue ${number}`));
}

function toList(anchor: Anchor | undefined): Anchor[] {
  return anchor ? [anchor] : [];
}

/** Throws LOG_CORRUPT unless the event of that position is the one that was noted. */
export async function compareAnchor(store: EventStore, { position, hash, source }: Anchor): Promise<void> {
  if (position === 0) return;
  const head = await store.head({ asSeen: true });
  const known = head.position >= position ? head : await store.head();
  if (known.position < position)
    throw damaged(
      source,
      position,
      `the tail is cut off: the log ends at ${known.position}, but ${position} was once its head`,
    );
  for await (const event of store.read(
    { items: [] },
    { after: position - 1, until: position, asSeen: true },
  )) {
    if (event.hash.startsWith(hash)) return;
  }
  throw damaged(
    source,
    position,
    `the history was rewritten: position ${position} is not the event that was noted`,
  );
}

function damaged(source: string, position: number, reason: string): TammaError {
  return new TammaError('LOG_CORRUPT', `The log does not hold what ${source} says: ${reason}`, {
    help: '`tamma events verify` names what is wrong. Restore the log from a copy that verifies; if it is right and the note is wrong, mend the note (docs/log-integrity.md).',
    details: { position, place: source, reason },
  });
}
