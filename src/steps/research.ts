import { z } from 'zod';
import { createAgentContext } from '../agent/context.ts';
import { analyzeContext } from '../agent/tasks/analyze-context.ts';
import { createDraft } from '../core/events/event.ts';
import { formatCount } from '../lib/quantities.ts';
import type { Step, StepContext } from '../ports/step.ts';
import { getContext, viewProject } from './project-view.ts';

const answer = z.strictObject({
  findings: z
    .array(
      z.strictObject({
        topic: z.string().min(1).max(200).describe('What is unfamiliar or must be known before planning.'),
        finding: z.string().min(1).max(1500).describe('What you found out.'),
        sources: z
          .array(z.string().max(300))
          .max(10)
          .describe('Where it stands: path or path:line in the repository.'),
      }),
    )
    .max(12),
});

/** What must be known of the project before anybody plans. A source that is not in the repository is not a source. */
export const research: Step = async (context) => {
  const known = context.state.research;
  if (known) {
    return {
      status: 'completed',
      summary: 'known from before',
      events: [createDraft('RESEARCH.COMPLETED.SUCCESS', { ...known, cached: true })],
      intents: [],
    };
  }
  const { baseSha } = getContext(context);
  const workspace = await context.workspace();
  await workspace.reset(baseSha);
  const agent = await createAgentContext(context, { stepId: 'RESEARCH' });
  const { submitted } = await analyzeContext(agent, {
    kind: 'research',
    brief: await viewProject(context),
    schema: answer,
  });
  const findings = await keepSourced(context, submitted.findings);
  return {
    status: 'completed',
    summary: formatCount(findings.length, 'finding'),
    events: [createDraft('RESEARCH.COMPLETED.SUCCESS', { findings, cached: false })],
    intents: [],
  };
};

type FindingRow = z.infer<typeof answer>['findings'][number];

async function keepSourced(context: StepContext, findings: readonly FindingRow[]): Promise<FindingRow[]> {
  const files = await context.repository.listFiles(getContext(context).baseSha);
  const paths = new Set(files.map((file) => file.path));
  return findings.map(({ topic, finding, sources }) => ({
    topic: context.redact(topic),
    finding: context.redact(finding),
    sources: sources.filter((source) => paths.has(source.replace(/:\d+(?:-\d+)?$/, ''))),
  }));
}
