import type { Finding } from '../core/events/parts.ts';
import type { StepId } from '../core/loop.ts';
import { gates } from '../core/loop.ts';
import type { LoopState } from '../core/state.ts';
import { gateTitles } from '../core/vocabulary.ts';
import { formatCount } from '../lib/quantities.ts';
import { toPlain } from './untrusted.ts';

/** What a runner shows beside a line of the change, or beside the run where no line is known. */
export type Annotation = {
  level: 'notice' | 'warning';
  title: string;
  text: string;
  file?: string;
  line?: number;
};

/** A runner shows ten of a kind a step (GitHub docs, "Workflow commands"); one is kept for what else there is to say. */
const MAX_OF_A_KIND = 9;

/**
 * The lines that the gates of this step found fault with, where the step was sent back; the ones that do not fit are
 * counted in the last. What hinders a merge is a warning, the rest a notice.
 */
export function listAnnotations(state: LoopState, stepId: StepId | null): Annotation[] {
  if (!stepId || state.steps[stepId].status !== 'gate-failed') return [];
  const newest = state.failures.filter(
    ({ gateId, treeSha }) => gates[gateId] === stepId && treeSha === state.failures.at(-1)?.treeSha,
  );
  const all = newest.flatMap(({ gateId, report }) =>
    report.findings
      .filter(({ path }) => path)
      .map((finding) => toAnnotation(`${gateTitles[gateId]} gate`, finding)),
  );
  return (['warning', 'notice'] as const).flatMap((level) =>
    cut(all.filter((annotation) => annotation.level === level)),
  );
}

function toAnnotation(gate: string, { severity, path, line, rule, message }: Finding): Annotation {
  return {
    level: severity === 'critical' || severity === 'major' ? 'warning' : 'notice',
    title: [gate, severity, ...(rule ? [toPlain(rule, 60)] : [])].join(' · '),
    text: toPlain(message),
    ...(path ? { file: path } : {}),
    ...(line ? { line } : {}),
  };
}

function cut(all: readonly Annotation[]): Annotation[] {
  const [first] = all;
  if (!first || all.length <= MAX_OF_A_KIND) return [...all];
  const kept = all.slice(0, MAX_OF_A_KIND - 1);
  const rest = all.length - kept.length;
  const text = `${formatCount(rest, 'more finding')} of this kind in the summary of this run and in the log`;
  return [...kept, { level: first.level, title: 'Not shown here', text }];
}
