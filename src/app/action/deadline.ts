/** The end of this job, known before it comes. */
export type Deadline = {
  /** Aborted when it is time to save the work. */
  signal: AbortSignal;
  /** Whether there is no time left for another step. */
  isNear(): boolean;
  forget(): void;
};

/** Saving takes a push and a few requests; a short job keeps a fifth. */
const MARGIN_MINUTES = 5;

/** Another step is begun only if this much is left before the work has to be saved. */
const LEAST_STEP_MINUTES = 10;

/** `minutes`: how long the job may take from now on; `minuteMs`: their length, where a test has no time for real ones. */
export function createDeadline({
  minutes,
  now,
  minuteMs = 60_000,
}: {
  minutes: number;
  now: () => Date;
  minuteMs?: number;
}): Deadline {
  const controller = new AbortController();
  const limit = minutes * minuteMs;
  const end = limit - Math.min(MARGIN_MINUTES * minuteMs, limit / 5);
  const began = now().getTime();
  const timer = setTimeout(() => controller.abort(), Math.min(end, 2 ** 31 - 1));
  timer.unref();
  return {
    signal: controller.signal,
    isNear: () => now().getTime() - began > end - Math.min(LEAST_STEP_MINUTES * minuteMs, end / 2),
    forget: () => clearTimeout(timer),
  };
}
