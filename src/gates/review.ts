import { reviewChanges } from '../agent/tasks/review-changes.ts';
import { countPatch } from '../core/text/patch-statistics.ts';
import type { ReviewContext } from './context.ts';
import { createVerdict, type Verdict } from './verdict.ts';

/** What a reviewer gets to see of the diff; the files themselves can be read with the tools. */
const MAX_PATCH_BYTES = 150_000;

/**
 * A model's review of the change. Its findings decide, by their severity: one that is major or critical sends the change
 * back. An opinion, recorded as one. Throws what the agent throws.
 */
export async function judgeReview(context: ReviewContext): Promise<Verdict> {
  const { repository, baseSha, headSha, agent, brief, plan, clock, redact } = context;
  const startedAt = clock.now().getTime();
  const patch = await repository.patch(baseSha, headSha, { maxBytes: MAX_PATCH_BYTES });
  const { submitted } = await reviewChanges(agent, { patch, brief, plan });
  const findings = submitted.findings.map((finding) => ({ ...finding, message: redact(finding.message) }));
  const serious = findings.filter(({ severity }) => severity === 'major' || severity === 'critical');
  const passed = serious.length === 0;
  const notes = [`reviewed by ${agent.model.name}: a model's opinion, not a proof`];
  if (isCut(patch)) notes.push('the reviewer saw only the beginning of the diff');
  if (passed && submitted.verdict === 'request-changes')
    notes.push(`the reviewer asks for changes that do not hold it up: ${redact(submitted.summary)}`);
  return createVerdict({
    gateId: 'review',
    passed,
    summary: passed
      ? redact(submitted.summary)
      : `${serious.length} serious findings: ${redact(submitted.summary)}`,
    findings,
    notes,
    measured: {
      findings: findings.length,
      serious: serious.length,
      ...(submitted.scores as Record<string, number> | undefined),
      ...(isCut(patch) ? {} : countPatch(patch)),
    },
    durationMs: clock.now().getTime() - startedAt,
  });
}

/** The repository ends a diff that it had to cut with a line that says so. */
function isCut(patch: string): boolean {
  return patch.endsWith('bytes and is cut here]\n');
}
