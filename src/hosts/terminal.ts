import type { Host, Progress } from '../ports/host.ts';
import { createHolder, isHolderAlive } from './holder.ts';
import type { ProgressView } from './progress-view.ts';

export type TerminalHost = Host & {
  /** Leaves the terminal as it was. */
  close(): void;
};

export type TerminalHostOptions = {
  runId: string;
  view: ProgressView;
  /** Masks what must not be shown. */
  redact?: (text: string) => string;
  /** Told of secrets that come to be during the run. */
  mask?: (secret: string) => void;
};

/** A run at a terminal or in a shell script: progress goes to `view`, claims are told apart by process. */
export function createTerminalHost({
  runId,
  view,
  redact = (text) => text,
  mask = () => {},
}: TerminalHostOptions): TerminalHost {
  return {
    kind: 'terminal',
    holder: createHolder(runId),
    isAlive: isHolderAlive,
    report: (progress) => view.show(mapTexts(progress, redact)),
    mask,
    close: () => view.close(),
  };
}

function mapTexts(progress: Progress, change: (text: string) => string): Progress {
  const entries = Object.entries(progress).map(([name, value]) => [
    name,
    typeof value === 'string' && name !== 'kind' ? change(value) : value,
  ]);
  return Object.fromEntries(entries) as Progress;
}
