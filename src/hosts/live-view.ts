import { formatDuration, formatUsd } from '../lib/quantities.ts';
import { type CurrentStep, describeCount, describeEnd, describeNote, followStep } from './progress-text.ts';
import type { ProgressView, ProgressViewOptions } from './progress-view.ts';

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const TICK_MS = 120;
/** ECMA-48: to the start of the line, and erase it. */
const CLEAR = '\r\u001b[2K';

/** Ended steps as lines that stay, and below them one line about the step at work, rewritten in place. */
export function createLiveView({ stream, palette, now }: ProgressViewOptions): ProgressView {
  let current: CurrentStep | undefined;
  let frame = 0;
  let isCounting = false;
  let timer: NodeJS.Timeout | undefined;

  function draw(): void {
    if (!current) return;
    const line = describeCurrent(current, now().getTime());
    const columns = stream.columns ?? 80;
    stream.write(
      `${CLEAR}${palette.cyan(FRAMES[frame % FRAMES.length] ?? '')} ${line.slice(0, columns - 3)}`,
    );
  }

  function tick(): void {
    frame += 1;
    draw();
  }

  function keep(line: string): void {
    stream.write(`${CLEAR}${line}\n`);
  }

  return {
    show(progress) {
      if (progress.kind === 'step-ended') keep(describeEnd(progress, current, palette));
      if (progress.kind === 'note') keep(describeNote(progress, palette));
      current = followStep(current, progress, now().getTime());
      clearInterval(timer);
      timer = current && setInterval(tick, TICK_MS).unref();
      draw();
      if (progress.kind === 'count') stream.write(`${CLEAR}${palette.dim(describeCount(progress))}`);
      isCounting = progress.kind === 'count';
    },
    close() {
      clearInterval(timer);
      if (current || isCounting) stream.write(CLEAR);
      current = undefined;
    },
  };
}

function describeCurrent({ title, run, startedAt, tool, costUsd }: CurrentStep, now: number): string {
  const parts = [
    ...(run > 1 ? [`attempt ${run}`] : []),
    ...(tool ? [tool] : []),
    formatDuration(now - startedAt),
    ...(costUsd > 0 ? [formatUsd(costUsd)] : []),
  ];
  return `${title.padEnd(22)} ${parts.join(' · ')}`;
}
