import type { Progress } from '../ports/host.ts';
import type { ProgressStream, ProgressView } from './progress-view.ts';

export type JsonViewOptions = { stream: ProgressStream; level: string; runId: string };

/**
 * Progress as pino's JSON lines, for CI. A runner takes `##[` for a command anywhere in a line (actions/runner,
 * ActionCommand.cs): inside JSON the bracket can be written so that it reads the same and is none.
 */
export async function createJsonView({ stream, level, runId }: JsonViewOptions): Promise<ProgressView> {
  const { pino, stdTimeFunctions } = await import('pino');
  const destination = {
    write: (line: string) => void stream.write(line.replace(/##(\w*)\[/g, '##$1\\u005b')),
  };
  const log = pino({ level, base: { runId }, timestamp: stdTimeFunctions.isoTime }, destination);
  return {
    show(progress) {
      // pino's own field is called `level` too.
      const fields = progress.kind === 'note' ? { kind: progress.kind } : progress;
      log[levelOf(progress)](fields, describeMessage(progress));
    },
    close() {},
  };
}

function levelOf(progress: Progress): 'debug' | 'info' | 'warn' {
  if (progress.kind === 'note') return progress.level === 'warning' ? 'warn' : 'info';
  return progress.kind === 'tool' || progress.kind === 'cost' ? 'debug' : 'info';
}

function describeMessage(progress: Progress): string {
  switch (progress.kind) {
    case 'step-started':
      return `${progress.stepId} started`;
    case 'step-ended':
      return `${progress.stepId} ${progress.outcome}`;
    case 'tool':
      return progress.name;
    case 'cost':
      return 'model call paid';
    case 'note':
      return progress.text;
    case 'count':
      return progress.what;
  }
}
