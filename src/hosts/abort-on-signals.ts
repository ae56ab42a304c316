/**
 * The first SIGINT or SIGTERM lets the work end cleanly; the same one again ends the process with the shell's exit code
 * for it. A job that is cancelled gets SIGINT, after 7.5 s SIGTERM, and is killed 2.5 s later (actions/runner,
 * ProcessInvoker): time to save the work. `forget` when the work is over.
 */
export function abortOnSignals(): { signal: AbortSignal; forget(): void } {
  const controller = new AbortController();
  const seen = new Set<NodeJS.Signals>();
  const onSignal = (name: NodeJS.Signals, number: number) => {
    if (seen.has(name)) process.exit(128 + number);
    seen.add(name);
    controller.abort();
  };
  const names = ['SIGINT', 'SIGTERM'] as const;
  for (const name of names) process.on(name, onSignal);
  const forget = () => {
    for (const name of names) process.off(name, onSignal);
  };
  return { signal: controller.signal, forget };
}
