import type { Config } from '../../../core/config/schema.ts';
import { type Finding, fault, warn } from '../finding.ts';
import type { TammaWorkflow } from './tamma-steps.ts';

const useful = {
  issues: 'labels on issues are seen at the next schedule only',
  issue_comment: 'commands in comments are not heard',
  schedule: 'what no event tells is never found, such as a wait that has expired',
} as const;

/** What starts Tamma: nothing that strangers' code comes with, and everything that people and the clock have to say. */
export function checkTriggers(tamma: TammaWorkflow, config: Config, link: string): Finding[] {
  const { workflow } = tamma;
  const has = (name: string) => workflow.triggers.has(name);
  const found: Finding[] = [];
  if (has('pull_request_target') || has('pull_request'))
    found.push(
      fault('workflow', `${workflow.path} starts for pull requests of anybody`, {
        help: 'Remove pull_request and pull_request_target from `on`: Tamma has no use for them.',
        link,
      }),
    );
  if (!has('workflow_dispatch'))
    found.push(
      fault('workflow', `${workflow.path} has no workflow_dispatch, by which a run starts the next one`, {
        help: 'Take `on` from the workflow that `tamma init --dry-run` shows.',
        link,
      }),
    );
  for (const [name, text] of Object.entries(useful)) {
    if (!has(name))
      found.push(warn('workflow', `without ${name}, ${text}`, { help: `Add ${name} under \`on\`.`, link }));
  }
  if (listCrons(workflow.triggers.get('schedule')).some((cron) => /^0+\s/.test(cron)))
    found.push(
      warn('workflow', 'runs on the full hour, when GitHub delays and drops schedules', {
        help: 'Choose an odd minute, such as 23.',
        link,
      }),
    );
  return [...found, ...checkLabelCondition(tamma, config, link)];
}

function listCrons(settings: unknown): string[] {
  return [...JSON.stringify(settings ?? {}).matchAll(/"cron":"([^"]+)"/g)].map(([, cron = '']) => cron);
}

/** The shipped `if` spares a runner for other labels than `tamma`, so it must know those of the configuration. */
function checkLabelCondition({ jobs }: TammaWorkflow, { labels }: Config, link: string): Finding[] {
  const conditions = jobs.map(({ condition }) => condition).filter((text) => text.includes('label.name'));
  const unknown = labels.include.filter(
    (label) => !conditions.some((text) => text.toLowerCase().includes(`'${label.toLowerCase()}'`)),
  );
  if (conditions.length === 0 || unknown.length === 0) return [];
  return [
    warn(
      'workflow',
      `the \`if\` of the job does not know ${unknown.join(', ')}, so it waits for the schedule`,
      {
        help: 'Add the label beside `tamma` in that condition.',
        link,
      },
    ),
  ];
}
