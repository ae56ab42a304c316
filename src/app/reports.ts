import type { Decision } from '../core/decide.ts';
import type { TammaError } from '../core/errors.ts';
import type { RefusalCode } from '../core/events/parts.ts';
import type { Intent } from '../core/intents.ts';
import type { StepId } from '../core/loop.ts';
import type { LoopState } from '../core/state.ts';

/** The outputs of `action.yml`, and what every command that runs a step answers with. */
export type RunStatus = 'done' | 'waiting' | 'failed' | 'escalated' | 'idle';

/** What one run of one step came to. `progressed`: the next step can run at once. */
export type StepReport = {
  status: RunStatus;
  /** A step was run and the loop can go on without waiting for anybody. */
  progressed: boolean;
  step: StepId | null;
  nextStep: StepId | null;
  issue: number;
  summary: string;
  decision: Decision;
  state: LoopState;
  durationMs: number;
  /** Set where the step threw: what happened and what to do next. */
  error: TammaError | null;
  /** With --dry-run: what would have been written. */
  intents: readonly Intent[];
};

/** The answer to a command a person gave. */
export type CommandReport = {
  accepted: boolean;
  issue: number;
  command: string;
  /** Why it was refused, or what it changed. */
  message: string;
  /** Set where it was refused. */
  code?: RefusalCode;
  state: LoopState;
  /** It had been answered before: nothing was done now. */
  repeated?: boolean;
  /** It was neither carried out nor put on record: see `unheard.ts`. */
  unheard?: boolean;
};

export type OrchestrateReport = {
  picked: readonly {
    issue: number;
    title: string;
    because: string;
    report: StepReport | null;
    /** A run of its own was started for it. */
    dispatched?: boolean;
  }[];
  waiting: readonly { issue: number; for: string; command: string | null }[];
  queue: readonly number[];
  /** Eligible, and not begun: what keeps each of them. */
  held?: readonly { issue: number; title: string; because: string }[];
  /** Set where nothing new is begun today. */
  budget?: { spentUsd: number; limitUsd: number } | null;
};
