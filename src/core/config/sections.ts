import { z } from 'zod';
import { loop, stepIds } from '../loop.ts';
import { events } from './events-section.ts';
import { modelName, provider, providerName, stepModel } from './provider-schema.ts';

/** One line of text: these values end up in comments, events and command lines. */
const line = z
  .string()
  .min(1)
  .max(500)
  .regex(/^[^\u0000-\u001f\u007f-\u009f]*$/, 'write it in one line');
const label = z.string().min(1).max(100);
const command = line.nullable().default(null);
const usd = z.number().min(0);

/** Keys that are part of the contract and do nothing yet: anything but empty is refused, never ignored. */
const notYet = (what: string) => `this version of Tamma does not support ${what}; leave it out or empty`;
const noList = (what: string) => z.array(z.json()).max(0, notYet(what)).default([]);
const noRecord = (what: string) =>
  z
    .record(z.string(), z.json())
    .refine((value) => Object.keys(value).length === 0, notYet(what))
    .default({});
const noValue = (what: string) => z.null({ error: notYet(what) }).default(null);

const skippable = loop.filter((row) => row.skippable).map((row) => row.id) as [
  (typeof loop)[number]['id'],
  ...(typeof loop)[number]['id'][],
];

/** The sections of `.tamma/config.yml`, each with its defaults. `schema.ts` puts them together. */
export const sections = {
  version: z.literal(1).default(1).describe('Version of this format.'),
  mode: z
    .enum(['dev', 'business'])
    .default('dev')
    .describe('How much a person is asked: business asks for design and merge.'),
  labels: z
    .strictObject({
      include: z
        .array(label)
        .min(1)
        .max(20)
        .default(['tamma'])
        .describe('An open issue with one of these may be picked.'),
      exclude: z
        .array(label)
        .max(50)
        .default(['blocked', 'wontfix'])
        .describe('An issue with one of these is passed over.'),
    })
    .prefault({})
    .describe('Which issues are eligible.'),
  select: z
    .strictObject({
      order: z
        .enum(['priority-then-oldest'])
        .default('priority-then-oldest')
        .describe('Which eligible issue comes first.'),
      maxActive: z.int().min(1).max(100).default(3).describe('Issues worked on at the same time.'),
      maxIterations: z
        .int()
        .min(1)
        .max(1000)
        .nullable()
        .default(null)
        .describe('Issues per run of the orchestrator; null: no limit.'),
    })
    .prefault({})
    .describe('How the next issue is picked.'),
  commands: z
    .strictObject({
      install: command.describe('Fetches dependencies.'),
      build: command.describe('Builds or type-checks.'),
      test: command.describe('Runs the tests.'),
      lint: command.describe('Lints.'),
      coverage: command.describe('Runs the tests and writes a coverage report.'),
    })
    .prefault({})
    .describe('Commands of the project; null: detected.'),
  agent: z
    .strictObject({
      provider: z
        .string()
        .min(1)
        .max(40)
        .optional()
        .describe('A name under providers; auto takes the first one that can be used, by priority.'),
      model: modelName.optional().describe('Model of every step that names none.'),
      steps: z
        .partialRecord(z.enum(stepIds), stepModel)
        .default({})
        .describe('Provider and model of single steps.'),
      maxTurns: z.int().min(1).max(500).default(40).describe('Model calls in one agent loop.'),
      maxOutputTokens: z.int().min(256).max(1_000_000).default(16_000).describe('Limit of one answer.'),
    })
    .prefault({})
    .describe('Which model does what.'),
  providers: z
    .record(providerName, provider)
    .default({})
    .describe('Models that may be called, by a name of your choice.'),
  budget: z
    .strictObject({
      perStepUsd: usd.default(2).describe('One run of one step.'),
      perIssueUsd: usd.default(10).describe('One issue from start to end.'),
      perDayUsd: usd.default(50).describe('All issues in one UTC day.'),
      perMonthUsd: usd.nullable().default(null).describe('All issues in one UTC month; null: no limit.'),
    })
    .prefault({})
    .describe('What may be spent, in US dollars; checked before every call.'),
  gates: z
    .strictObject({
      maxAttempts: z
        .int()
        .min(1)
        .max(10)
        .default(3)
        .describe('Failures of one gate before a person is asked.'),
      coverage: z
        .strictObject({
          minimum: z.number().min(0).max(100).nullable().default(80).describe('Percent of lines; null: off.'),
        })
        .prefault({})
        .describe('Coverage gate.'),
      security: z
        .strictObject({
          failOn: z
            .enum(['minor', 'major', 'critical'])
            .default('critical')
            .describe('Least severity that fails the gate.'),
        })
        .prefault({})
        .describe('Security gate.'),
      performance: z
        .strictObject({
          command: noValue('a performance command').describe('Not supported yet.'),
          maxRegressionPercent: z
            .number()
            .min(0)
            .max(1000)
            .default(10)
            .describe('Not used without a command.'),
        })
        .prefault({})
        .describe('Performance gate.'),
    })
    .prefault({})
    .describe('What judges a change.'),
  approval: z
    .strictObject({
      design: z
        .enum(['auto', 'required'])
        .optional()
        .describe('auto: a plan of low risk needs no person. Default by mode.'),
      merge: z
        .enum(['auto', 'required'])
        .optional()
        .describe('auto: a change of low risk is merged without a person. Default: required.'),
      ttlDays: z.int().min(1).max(90).default(7).describe('An approval that is not used expires.'),
    })
    .prefault({})
    .describe('When a person is asked.'),
  ambiguity: z
    .strictObject({
      threshold: z.number().min(0).max(100).default(60).describe('Above it Tamma asks.'),
      splitAbove: z
        .number()
        .min(0)
        .max(100)
        .default(90)
        .describe('Above it Tamma proposes to split the issue.'),
    })
    .prefault({})
    .describe('How unclear an issue may be, 0 to 100.'),
  merge: z
    .strictObject({
      method: z
        .enum(['squash', 'merge', 'rebase'])
        .default('squash')
        .describe('How a pull request is merged.'),
      deleteBranch: z.boolean().default(true).describe('Delete the branch after the merge.'),
    })
    .prefault({})
    .describe('How a change is merged.'),
  ci: z
    .strictObject({
      workflow: z
        .string()
        .regex(/^[A-Za-z0-9][\w.-]{0,99}\.ya?ml$/, 'name a file of .github/workflows, such as ci.yml')
        .nullable()
        .default(null)
        .describe(
          'Workflow to start on the branch where the runs of its pull request wait for a person; null: none.',
        ),
    })
    .prefault({})
    .describe('The checks of the platform.'),
  deploy: z
    .strictObject({
      workflow: line
        .nullable()
        .default(null)
        .describe('Workflow or pipeline to start after a merge; null: none.'),
      ref: line.default('default').describe('Branch it runs on; default: the default branch.'),
      environment: line.nullable().default(null).describe('Environment to watch.'),
    })
    .prefault({})
    .describe('What happens after a merge.'),
  events,
  workflow: z
    .strictObject({
      base: z.enum(['standard']).default('standard').describe('The loop to start from.'),
      skip: z.array(z.enum(skippable)).max(skippable.length).default([]).describe('Steps to leave out.'),
      insert: noList('added steps').describe('Not supported yet.'),
      overrides: noRecord('overrides of steps').describe('Not supported yet.'),
      branches: noRecord('workflows by branch').describe('Not supported yet.'),
    })
    .prefault({})
    .describe('The order of work.'),
  triggers: noList('triggers').describe('Not supported yet.'),
  plugins: noList('plugins').describe('Not supported yet.'),
  notify: z
    .strictObject({
      slackWebhookEnv: noValue('Slack messages').describe('Not supported yet.'),
      webhookUrl: noValue('webhooks').describe('Not supported yet.'),
      email: noValue('mail').describe('Not supported yet.'),
    })
    .prefault({})
    .describe('Who is told.'),
  sandbox: z
    .enum(['required', 'best-effort'])
    .optional()
    .describe(
      'Whether commands may run without a sandbox where there is none. The file may only tighten what the workflow allows.',
    ),
  protected: z
    .strictObject({
      add: z
        .array(line)
        .max(100)
        .default([])
        .describe('Globs that Tamma must not change, besides the built-in ones.'),
    })
    .prefault({})
    .describe('Paths that Tamma must not change.'),
  limits: z
    .strictObject({
      commandTimeoutSeconds: z.int().min(1).max(21_600).default(900).describe('One command of the project.'),
      changedFiles: z.int().min(1).max(1000).default(100).describe('Files in one change.'),
      fileKilobytes: z.int().min(1).max(1024).default(500).describe('Size of one changed file.'),
    })
    .prefault({})
    .describe('Limits of one run.'),
} as const;
