import { TammaError } from '../../core/errors.ts';
import type { LoopOutline } from '../../core/state.ts';
import { formatUsd } from '../../lib/quantities.ts';
import type { ActionContext, ActionResult } from './context.ts';

/** A step summary holds a mebibyte: so many issues are told in full, so many in a line. */
const IN_FULL = 20;
const IN_A_LINE = 500;

/** Where all issues stand: those that are under way as on their own pages, the others in a line each. */
export async function reportAll(context: ActionContext): Promise<ActionResult> {
  const { readAllStatus } = await import('../status.ts');
  const { readState } = await import('../read-state.ts');
  const { prefixOf } = await import('../../report/render-options.ts');
  const { renderStickyComment } = await import('../../report/sticky-comment.ts');
  const { renderIssueLines } = await import('../../report/issue-lines.ts');
  const runtime = await context.runtime();
  const all = await readAllStatus(runtime);
  const commandPrefix = prefixOf(runtime.platform.capabilities);
  const cost = all.reduce((sum, { state }) => sum + state.costUsd, 0);
  const newest = all.toSorted((a, b) => b.state.position - a.state.position);
  const inFull = new Set(
    [...newest].sort((a, b) => Number(isOver(a.state)) - Number(isOver(b.state))).slice(0, IN_FULL),
  );
  const parts: string[] = [];
  for (const { issue } of newest.filter((one) => inFull.has(one))) {
    const state = await readState(runtime.store, issue, { asSeen: true });
    parts.push(`## #${issue}\n\n${renderStickyComment(state, { issue, commandPrefix })}`);
  }
  const others = renderIssueLines(
    newest.filter((one) => !inFull.has(one)),
    IN_A_LINE,
  );
  return {
    exitCode: 0,
    outputs: {
      status: all.length > 0 ? 'done' : 'idle',
      issues: JSON.stringify(all.map(({ issue }) => issue)),
      'cost-usd': String(cost),
    },
    summary: [`${all.length} issues, ${formatUsd(cost)}`, ...parts, others].filter(Boolean).join('\n\n'),
  };
}

function isOver({ status }: LoopOutline): boolean {
  return status === 'done' || status === 'stopped' || status === 'taken-over';
}

/** Checks the log. Throws LOG_CORRUPT, naming the first damage. */
export async function checkLog(context: ActionContext): Promise<ActionResult> {
  const { verifyRuntimeLog } = await import('../verify-log.ts');
  const { describeFirst } = await import('../../report/verification.ts');
  const { report } = await verifyRuntimeLog(await context.runtime());
  const { ok, events, head } = report;
  if (!ok) throw new TammaError('LOG_CORRUPT', `The log is damaged: ${describeFirst(report)}`);
  return {
    exitCode: 0,
    outputs: { status: 'done', position: String(head.position) },
    summary: `The log verifies: ${events} events, head ${head.position} \`${head.hash}\``,
  };
}
