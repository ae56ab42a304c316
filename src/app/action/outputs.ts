import type { LoopState } from '../../core/state.ts';
import type { RunStatus, StepReport } from '../reports.ts';

/** The outputs of `action.yml` and what each says; a test keeps both in agreement. */
export const outputRows = {
  status: 'done, waiting, failed, escalated or idle.',
  step: 'The step that ran, such as DESIGN; empty where none did.',
  'next-step': 'The step that comes next and can run at once; empty where none can.',
  issue: 'Number of the issue that was worked on.',
  issues: 'JSON list of the issues that were worked on, for a matrix.',
  branch: 'Branch of the work.',
  'pull-request': 'Number of the pull request.',
  'head-sha': 'Commit at the head of the branch.',
  'cost-usd': 'What the issue has cost so far, in US dollars.',
  position: 'Position of the newest event of the issue in the log.',
  jobs: 'Of the phase gate: the phases that follow, such as `work verify publish`; empty where none does.',
  'hand-over': 'What this phase tells the next ones: JSON of ids and digests.',
} as const satisfies Record<string, string>;

export type Outputs = Record<keyof typeof outputRows, string>;

/** What only the phases of the hardened workflow tell. */
type ReportOutputs = Omit<Outputs, 'jobs' | 'hand-over'>;

/** What a run of steps came to. Of several issues the last one is told, and the worst status. */
export function toOutputs(reports: readonly StepReport[], status: RunStatus): ReportOutputs {
  const last = reports.at(-1);
  return {
    ...describeState(last?.state),
    status,
    step: last?.step ?? '',
    'next-step': last?.progressed ? (last.nextStep ?? '') : '',
    issue: last ? String(last.issue) : '',
    issues: JSON.stringify([...new Set(reports.map(({ issue }) => issue))]),
  };
}

function describeState(state: LoopState | undefined) {
  return {
    branch: state?.branch ?? '',
    'pull-request': state?.pull ? String(state.pull.number) : '',
    'head-sha': state?.head?.sha ?? '',
    'cost-usd': state ? String(state.costUsd) : '',
    position: state ? String(state.position) : '',
  };
}

const worstFirst = ['failed', 'escalated', 'waiting', 'done', 'idle'] as const satisfies readonly RunStatus[];

/** The status that most needs somebody to look; idle where nothing ran. */
export function findWorst(statuses: readonly RunStatus[]): RunStatus {
  return worstFirst.find((status) => statuses.includes(status)) ?? 'idle';
}
