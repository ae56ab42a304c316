import { z } from 'zod';
import { createAgentContext } from '../agent/context.ts';
import { analyzeContext } from '../agent/tasks/analyze-context.ts';
import { createDraft, type EventDraft } from '../core/events/event.ts';
import type { Question } from '../core/events/parts.ts';
import { foldDrafts } from '../core/state.ts';
import { formatCount } from '../lib/quantities.ts';
import type { Step, StepContext, StepOutcome } from '../ports/step.ts';
import { renderQuestions, writeAnswerCommand } from '../report/questions.ts';
import { prefixOf } from '../report/render-options.ts';
import { researchMaterial } from './material.ts';
import { getContext, viewProject } from './project-view.ts';

const answer = z.strictObject({
  score: z
    .number()
    .min(0)
    .max(100)
    .describe('0: anybody would build the same; 100: nobody could say what is wanted.'),
  reasons: z.array(z.string().min(1).max(500)).max(8),
  questions: z
    .array(
      z.strictObject({
        question: z.string().min(1).max(500),
        choices: z
          .array(z.string().min(1).max(300))
          .min(2)
          .max(6)
          .describe('Answers to choose from, the likeliest first.'),
      }),
    )
    .max(5)
    .describe('2 to 5 questions if the score is high; none if it is low.'),
  split: z
    .array(z.strictObject({ title: z.string().min(1).max(200), body: z.string().min(1).max(4000) }))
    .max(6)
    .default([])
    .describe('Only for an issue that is really several: the parts.'),
});

type Answer = z.infer<typeof answer>;

/** Labels by which a person says: do not ask, begin. */
const GO_ON = ['skip-questions', 'proceed-despite-ambiguity'];

/** Asks before it builds the wrong thing. What a person has said once is not asked again. */
export const checkAmbiguity: Step = async (context) => {
  const { threshold, splitAbove } = context.config.ambiguity;
  const agent = await createAgentContext(context, { stepId: 'AMBIGUITY_CHECK' });
  await agent.workspace.reset(getContext(context).baseSha);
  const { submitted } = await analyzeContext(agent, {
    kind: 'ambiguity',
    brief: await viewProject(context),
    material: researchMaterial(context),
    schema: answer,
  });
  const goOn = (await context.issue()).labels.find((label) => GO_ON.includes(label));
  const scored = createDraft('AMBIGUITY.SCORED', {
    score: submitted.score,
    threshold,
    reasons: submitted.reasons.map(context.redact),
    ...(goOn ? { skippedBy: goOn } : {}),
  });
  const isClear = submitted.score <= threshold || goOn !== undefined || context.state.questionRounds > 0;
  if (isClear || submitted.questions.length === 0) {
    return { status: 'completed', summary: `score ${submitted.score} of 100`, events: [scored], intents: [] };
  }
  const events: EventDraft[] = [scored];
  if (submitted.score > splitAbove && submitted.split.length > 1) {
    events.push(createDraft('SPLIT.PROPOSED', { issues: submitted.split }));
  }
  return ask(context, submitted, events);
};

function ask(context: StepContext, { score, questions }: Answer, scored: EventDraft[]): StepOutcome {
  const { issueNumber: issue, state, clock } = context;
  const asked = questions.map(
    (row, index): Question => ({
      id: `q${index + 1}`,
      question: context.redact(row.question),
      choices: row.choices.map(context.redact),
    }),
  );
  const events = [
    ...scored,
    createDraft('QUESTIONS.ASKED', { questions: asked, round: state.questionRounds + 1 }),
  ];
  const ahead = foldDrafts(state, events, clock.now());
  const commandPrefix = prefixOf(context.platform.capabilities);
  return {
    status: 'waiting',
    summary: `score ${score} of 100: ${formatCount(asked.length, 'question')}`,
    for: 'answers',
    command: writeAnswerCommand(ahead, { issue }),
    events,
    intents: [
      {
        kind: 'issue',
        number: issue,
        addLabels: ['tamma:needs-input'],
        comment: { marker: 'questions', body: renderQuestions(ahead, { issue, commandPrefix }) },
      },
    ],
  };
}
