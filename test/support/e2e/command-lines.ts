import { readdirSync, readFileSync } from 'node:fs';

/** Notes the command line of every process of this machine that is seen until `stop`, as anybody here could. Elsewhere than on Linux: none. */
export function watchCommandLines(): { stop(): string[] } {
  const seen = new Set<string>();
  const timer = setInterval(() => {
    if (process.platform !== 'linux') return;
    for (const pid of readdirSync('/proc')) if (/^\d+$/.test(pid)) note(pid);
  }, 5);
  function note(pid: string): void {
    try {
      seen.add(readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim());
    } catch {
      // it has ended meanwhile
    }
  }
  return {
    stop() {
      clearInterval(timer);
      return [...seen];
    },
  };
}
