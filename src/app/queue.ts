import type { Issue } from '../ports/platform/issues.ts';
import { DASHBOARD_LABEL, judgeEligible } from './eligible.ts';
import type { Runtime } from './runtime.ts';

/** Eligible issues: by priority (smaller first, none last), then the oldest. */
export async function listQueue({ platform, config }: Runtime): Promise<Issue[]> {
  const { include, exclude } = config.labels;
  const issues = await platform.issues.list({ include, exclude: [...exclude, DASHBOARD_LABEL] });
  const rank = (issue: Issue) => issue.priority ?? Number.POSITIVE_INFINITY;
  return issues.sort(
    (a, b) => rank(a) - rank(b) || a.createdAt.localeCompare(b.createdAt) || a.number - b.number,
  );
}

type Choosing = { queue: readonly Issue[]; free: number; labelled?: number | undefined };

/** The first of the queue that may be begun, and those before them that may not, with the reason. */
export async function pickFromQueue(runtime: Runtime, { queue, free, labelled }: Choosing) {
  const begin: Issue[] = [];
  const held: { issue: number; title: string; because: string }[] = [];
  const open = new Map(queue.map(({ number }) => [number, true]));
  for (const issue of queue) {
    if (begin.length >= free) break;
    const judged = await judgeEligible(runtime, issue, {
      isOpen: (number) => isOpen(runtime, number, open),
      isTrusted: issue.number === labelled,
    });
    if (judged.ok) begin.push(issue);
    else held.push({ issue: issue.number, title: issue.title, because: judged.because });
  }
  return { begin, held };
}

/** An issue that is not there blocks nothing. */
async function isOpen({ platform }: Runtime, number: number, known: Map<number, boolean>): Promise<boolean> {
  const answer =
    known.get(number) ??
    (await platform.issues.get(number).then(
      ({ state }) => state === 'open',
      () => false,
    ));
  known.set(number, answer);
  return answer;
}
