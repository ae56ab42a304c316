import { stepSymbols } from '../core/vocabulary.ts';
import type { Palette } from '../lib/palette.ts';
import type { Progress } from '../ports/host.ts';
import {
  type CurrentStep,
  describeCount,
  describeEnd,
  describeNote,
  followStep,
  toLine,
} from './progress-text.ts';

/** Where progress is shown. `close` leaves nothing half written behind. */
export type ProgressView = { show(progress: Progress): void; close(): void };

/** The part of a stream that a view needs; `process.stderr` is one. */
export type ProgressStream = { write(text: string): unknown; readonly columns?: number };

export type ProgressViewOptions = { stream: ProgressStream; palette: Palette; now(): Date };

/** One line a fact, for pipes and for terminals that cannot rewrite a line. */
export function createPlainView({ stream, palette, now }: ProgressViewOptions): ProgressView {
  let current: CurrentStep | undefined;
  return {
    show(progress) {
      const before = current;
      current = followStep(current, progress, now().getTime());
      const line = describePlain(progress, before, palette);
      if (line) stream.write(`${line}\n`);
    },
    close() {},
  };
}

function describePlain(
  progress: Progress,
  before: CurrentStep | undefined,
  palette: Palette,
): string | undefined {
  switch (progress.kind) {
    case 'step-started':
      return `${palette.cyan(stepSymbols.running)} ${progress.title} ${palette.dim(`because ${toLine(progress.because)}`)}`;
    case 'step-ended':
      return describeEnd(progress, before, palette);
    case 'tool':
      return palette.dim(`    ${toLine(`${progress.name} ${progress.target}`)}`);
    case 'note':
      return describeNote(progress, palette);
    case 'count':
      return palette.dim(describeCount(progress));
    case 'cost':
      return undefined;
  }
}
