import type { Material } from '../agent/brief.ts';
import type { StepContext } from '../ports/step.ts';

/** What RESEARCH found, for the tasks after it. */
export function researchMaterial({ state }: StepContext): Material[] {
  const findings = state.research?.findings ?? [];
  if (findings.length === 0) return [];
  const lines = findings.map(
    ({ topic, finding, sources }) =>
      `${topic}: ${finding}${sources.length > 0 ? ` (${sources.join(', ')})` : ''}`,
  );
  return [{ title: 'Findings of the research', text: lines.join('\n') }];
}

/** What people have answered to the questions about the issue. */
export function answerMaterial({ state }: StepContext): Material[] {
  const lines = state.answers.map(({ questionId, answer }) => {
    const question = state.questions.find((row) => row.id === questionId)?.question ?? questionId;
    return `${question}\n→ ${answer}`;
  });
  return lines.length > 0 ? [{ title: 'Answers to questions about the issue', text: lines.join('\n') }] : [];
}

/** The way that was chosen of those the plan left open. */
export function choiceMaterial({ state: { approvals, design } }: StepContext): Material[] {
  const chosen = approvals.findLast(({ digest }) => digest === design?.digest)?.option;
  const option = design?.plan.options.find(({ name }) => name === chosen);
  return option ? [{ title: 'The option a person chose', text: `${option.name}: ${option.tradeOff}` }] : [];
}

/** What people asked to be different in an earlier plan. */
export function feedbackMaterial({ state }: StepContext): Material[] {
  return state.feedback.map((text, index) => ({ title: `Change asked of plan ${index + 1}`, text }));
}
