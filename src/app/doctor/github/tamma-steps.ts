import type { JobFacts, WorkflowFacts } from './workflow-facts.ts';

/** One workflow that runs Tamma, by its action or by its reusable workflow. */
export type TammaWorkflow = {
  workflow: WorkflowFacts;
  /** Those that do. */
  jobs: readonly JobFacts[];
  /** What they use, with the version. */
  uses: readonly string[];
  isReusable: boolean;
  /** An App's token is made for it. */
  hasApp: boolean;
};

/** `tamma/action@v1`, `owner/tamma@<commit>`, `tamma/action/.github/workflows/tamma.yml@v1`. */
const TAMMA = /(?:^|\/)tamma(?:[/@]|$)/i;

export function findTamma(workflows: readonly WorkflowFacts[]): TammaWorkflow[] {
  return workflows.flatMap((workflow) => {
    const jobs = workflow.jobs.filter((job) => listUses(job).length > 0);
    if (jobs.length === 0) return [];
    return {
      workflow,
      jobs,
      uses: [...new Set(jobs.flatMap(listUses))],
      isReusable: jobs.some((job) => isTamma(job.uses)),
      hasApp: jobs.some(hasApp),
    };
  });
}

/** The inputs of Tamma's steps. */
export function listInputs({ steps }: JobFacts): Readonly<Record<string, unknown>>[] {
  return steps.filter(({ uses }) => isTamma(uses)).map((step) => step.with);
}

function listUses(job: JobFacts): string[] {
  return [job.uses, ...job.steps.map(({ uses }) => uses)].filter((uses) => isTamma(uses)) as string[];
}

function isTamma(uses: string | undefined): boolean {
  return uses !== undefined && TAMMA.test(uses);
}

/** By the inputs of the action, or of the reusable workflow. */
function hasApp(job: JobFacts): boolean {
  return [job.with, ...listInputs(job)].some((inputs) => inputs['app-id'] !== undefined);
}
