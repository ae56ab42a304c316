import { z } from 'zod';
import type { Config } from '../../../core/config/schema.ts';
import { type Finding, fault, ok, warn } from '../finding.ts';
import type { SiteCheck } from './context.ts';
import { listNeeded } from './needed-permissions.ts';
import { findTamma, listInputs, type TammaWorkflow } from './tamma-steps.ts';
import { checkTriggers } from './triggers.ts';
import type { Permissions } from './workflow-facts.ts';

const states = z.array(z.object({ path: z.string(), state: z.string(), html_url: z.string().optional() }));

export const checkWorkflow: SiteCheck = async (context) => {
  const { site, workflows, facts } = context;
  const found = findTamma(workflows);
  if (found.length === 0)
    return fault('workflow', `no workflow on ${facts.default_branch} uses Tamma`, {
      help: '`tamma init` writes one for you to commit and push; `tamma init --pr` proposes it.',
      link: `${site.pageUrl}/actions`,
    });
  const disabled = await findDisabled(context);
  return found.flatMap((tamma) => {
    const { path } = tamma.workflow;
    const link = `${site.pageUrl}/blob/${facts.default_branch}/${path}`;
    const findings = [
      ...(disabled.has(path)
        ? [
            fault('workflow', `${path} is switched off (${disabled.get(path)})`, {
              help: 'Enable it.',
              link: `${site.pageUrl}/actions`,
            }),
          ]
        : []),
      ...checkTriggers(tamma, context.config, link),
      ...checkGrants(tamma, context.config, link),
      ...checkConcurrency(tamma, link),
      ...checkVersion(tamma, link),
      ...checkDuration(tamma, link),
    ];
    return findings.length > 0 ? findings : ok('workflow', `${path}, ${tamma.uses.join(', ')}`);
  });
};

/** Schedules stop by themselves after 60 days without activity in public repositories. */
async function findDisabled({ site }: Parameters<SiteCheck>[0]): Promise<Map<string, string>> {
  const look = await site.look(z.object({ workflows: states }), '/actions/workflows', { per_page: 100 });
  if (look.status !== 'seen') return new Map();
  return new Map(
    look.data.workflows.flatMap(({ path, state }) =>
      state.startsWith('disabled') ? [[path, state] as const] : [],
    ),
  );
}

/** The jobs together: each may have a part. Of a reusable workflow it is the most that its jobs can get. */
function checkGrants({ workflow, jobs }: TammaWorkflow, config: Config, link: string): Finding[] {
  const granted = jobs.map((job) => job.permissions ?? workflow.permissions);
  const needed = listNeeded(config);
  if (granted.includes('write-all')) {
    const names = needed.map(({ name, level }) => `${name}: ${level}`).join(', ');
    return [
      warn('workflow', 'a job asks for every permission there is', { help: `Name them: ${names}.`, link }),
    ];
  }
  const missing = needed.filter(({ name, level }) => !granted.some((given) => grants(given, name, level)));
  if (missing.length === 0) return [];
  const text = missing.map(({ name, level, reason }) => `${name}: ${level} (${reason})`).join(', ');
  return [
    fault('workflow', `permissions of the job lack ${text}`, {
      help: 'Add them under `permissions` of the job.',
      link,
    }),
  ];
}

/** Where nothing is said the repository's default holds, and that may be changed any day. */
function grants(permissions: Permissions, name: string, level: 'read' | 'write'): boolean {
  if (permissions === 'read-all') return level === 'read';
  if (permissions === null || permissions === 'write-all') return permissions === 'write-all';
  return permissions[name] === 'write' || permissions[name] === level;
}

function checkConcurrency({ workflow }: TammaWorkflow, link: string): Finding[] {
  const { concurrency } = workflow;
  if (!concurrency)
    return [
      warn('workflow', 'has no concurrency: runs of one issue race, and all but one come to nothing', {
        help: 'Take `concurrency` from `tamma init --dry-run`.',
        link,
      }),
    ];
  if (concurrency.cancels)
    return [
      warn('workflow', 'cancels a run when the next one comes', {
        help: 'Remove cancel-in-progress: half a step is paid for and lost.',
        link,
      }),
    ];
  if (concurrency.queue === 'max') return [];
  return [
    warn('workflow', 'of the runs that wait only the newest is kept', {
      help: 'Add `queue: max` under `concurrency`.',
      link,
    }),
  ];
}

function checkVersion({ uses, isReusable }: TammaWorkflow, link: string): Finding[] {
  const help = 'Use a commit that you have looked at, with the version as a comment.';
  return uses.flatMap((name) => {
    const version = name.split('@')[1] ?? '';
    if (/^(?:main|master|HEAD|develop)$/.test(version))
      return [warn('workflow', `${name} is whatever that branch holds at the moment`, { help, link })];
    // Whoever takes four jobs for their safety wants to know.
    if (isReusable && version && !/^[0-9a-f]{40}$/.test(version))
      return [warn('workflow', `${name} can be moved to another commit`, { help, link })];
    return [];
  });
}

/** `time-limit` of an action whose input is not given is 350, `timeout-minutes` 360. */
function checkDuration({ jobs }: TammaWorkflow, link: string): Finding[] {
  return jobs.flatMap((job) =>
    listInputs(job).flatMap((inputs) => {
      const limit = Number(inputs['time-limit'] ?? 350);
      const minutes = job.timeoutMinutes ?? 360;
      // These two end by themselves within minutes.
      if (limit < minutes || ['gate', 'publish'].includes(String(inputs.phase))) return [];
      const text = `${job.id} is cut off after ${minutes} minutes, before Tamma saves its work after ${limit}`;
      return [warn('workflow', text, { help: `Set the input time-limit to ${minutes - 5}.`, link })];
    }),
  );
}
