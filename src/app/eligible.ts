import type { Issue } from '../ports/platform/issues.ts';
import { giveCommand } from './commands.ts';
import type { Runtime } from './runtime.ts';
import { judgeSpeaker } from './who-may.ts';

/** The label of the dashboard: an issue that is no work. */
export const DASHBOARD_LABEL = 'tamma:dashboard';

export type Eligibility = { ok: true } | { ok: false; because: string };

const MAX_LINKS = 10;

/** Whether an issue of the queue may be begun now, looked up at this moment. `isTrusted`: its label was judged just now. */
export async function judgeEligible(
  runtime: Runtime,
  issue: Issue,
  { isOpen, isTrusted = false }: { isOpen: (number: number) => Promise<boolean>; isTrusted?: boolean },
): Promise<Eligibility> {
  for (const number of listBlockers(issue)) {
    if (await isOpen(number)) return { ok: false, because: `blocked by #${number}` };
  }
  return isTrusted ? { ok: true } : judgeLabel(runtime, issue);
}

/** `Blocked by #12, #13` or `Depends on #12` in the text of the issue: numbers only, its own not among them. */
export function listBlockers({ body, number }: Pick<Issue, 'body' | 'number'>): number[] {
  const said = [
    ...body.matchAll(/\b(?:blocked by|depends on)[: \t]+((?:#\d{1,10}(?:[ \t]*(?:,|and|&)[ \t]*)?)+)/gi),
  ];
  const numbers = said.flatMap(([, list = '']) =>
    [...list.matchAll(/#(\d{1,10})/g)].map(([, digits]) => Number(digits)),
  );
  return [...new Set(numbers)].filter((other) => other !== number && other > 0).slice(0, MAX_LINKS);
}

/**
 * A label makes an issue eligible, but who set it decides whether Tamma begins by itself: templates set labels for
 * anybody. Where the platform can tell, it takes somebody who may write; a label of others is put on record once.
 */
export async function judgeLabel(runtime: Runtime, issue: Issue): Promise<Eligibility> {
  const { platform, config } = runtime;
  if (!platform.labels) return { ok: true };
  const labels = issue.labels.filter((label) => config.labels.include.includes(label));
  for (const label of labels) {
    const by = await platform.labels.setBy(issue.number, label);
    if (!by) continue;
    if (!(await judgeSpeaker(runtime, by, 'run')).bar) return { ok: true };
    const said = { issue: issue.number, command: 'run', argument: 'by its label' };
    await giveCommand(runtime, { ...said, by, source: `label-${by.id}` });
  }
  return { ok: false, because: 'nobody with write access set its label: `/tamma run` begins it' };
}
