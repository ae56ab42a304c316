import { TammaError } from '../../core/errors.ts';
import { formatUsd } from '../../lib/quantities.ts';
import type { ActionContext, ActionResult } from './context.ts';

/** Where all issues stand. */
export async function reportAll(context: ActionContext): Promise<ActionResult> {
  const { readAllStatus } = await import('../status.ts');
  const { prefixOf } = await import('../../report/render-options.ts');
  const { renderStickyComment } = await import('../../report/sticky-comment.ts');
  const runtime = await context.runtime();
  const all = await readAllStatus(runtime);
  const commandPrefix = prefixOf(runtime.platform.capabilities);
  const cost = all.reduce((sum, { state }) => sum + state.costUsd, 0);
  const parts = all.map(
    ({ issue, state }) => `## #${issue}\n\n${renderStickyComment(state, { issue, commandPrefix })}`,
  );
  return {
    exitCode: 0,
    outputs: {
      status: all.length > 0 ? 'done' : 'idle',
      issues: JSON.stringify(all.map(({ issue }) => issue)),
      'cost-usd': String(cost),
    },
    summary: [`${all.length} issues, ${formatUsd(cost)}`, ...parts].join('\n\n'),
  };
}

/** Checks the log. Throws LOG_CORRUPT, naming the first damage. */
export async function checkLog(context: ActionContext): Promise<ActionResult> {
  const { store } = await context.runtime();
  const { ok, events, head, problems } = await store.verify();
  if (!ok) {
    const [first] = problems;
    throw new TammaError(
      'LOG_CORRUPT',
      `the log is damaged in ${problems.length} places, first ${first?.place}: ${first?.message}`,
    );
  }
  return {
    exitCode: 0,
    outputs: { status: 'done', position: String(head.position) },
    summary: `The log verifies: ${events} events, head ${head.position} \`${head.hash}\``,
  };
}
