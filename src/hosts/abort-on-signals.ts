/**
 * The first SIGINT or SIGTERM lets the work end cleanly, as a cancelled CI job wants it too; the second ends the process
 * with the shell's exit code for it. `forget` when the work is over.
 */
export function abortOnSignals(): { signal: AbortSignal; forget(): void } {
  const controller = new AbortController();
  const onSignal = (_: NodeJS.Signals, number: number) => {
    if (controller.signal.aborted) process.exit(128 + number);
    controller.abort();
  };
  const names = ['SIGINT', 'SIGTERM'] as const;
  for (const name of names) process.on(name, onSignal);
  const forget = () => {
    for (const name of names) process.off(name, onSignal);
  };
  return { signal: controller.signal, forget };
}
