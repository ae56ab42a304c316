import type { Sandbox } from '../../ports/sandbox.ts';
import { insideHome, insideWorkspace, isWithin } from './layout.ts';

/** Each line tests one promise from inside and prints its name where it is broken. */
const PROBE = String.raw`node=$1; shift
[ "$(pwd)" = /workspace ] && echo x > .probe && rm .probe || echo "broken:the workspace cannot be written"
touch /usr/.tamma-probe 2>/dev/null && echo "broken:the system can be written"
[ "$(ls -d /proc/[0-9]* | wc -l)" -gt 12 ] && echo "broken:processes of the machine are visible"
grep -q '^CapEff:[[:space:]]*0*$' /proc/self/status || echo "broken:commands keep rights of root"
[ "$(tail -n +3 /proc/net/dev | grep -cv '^ *lo:')" = 0 ] || echo "broken:there is a network"
for path in "$@"; do
  if [ -d "$path" ]; then [ -z "$(ls -A "$path")" ]; else [ ! -s "$path" ]; fi || echo "broken:$path is visible"
done
[ -z "$node" ] || [ -x "$node" ] || echo "broken:node cannot be run"
touch "$HOME/.probe" && rm "$HOME/.probe" || echo "broken:the home folder cannot be written"
grep -q '127\.0\.0\.1' /proc/net/fib_trie || echo "weak:loopback is down: tests that listen on localhost fail"
echo done`;

const PROBE_MS = 10_000;

/** What a sandbox does not keep of its promises, found by a command that runs in it. `weaknesses` are no reason to refuse. */
export async function checkPromises(
  sandbox: Sandbox,
  {
    directory,
    hidden,
    node = '',
  }: { directory: string; hidden: readonly string[]; node?: string | undefined },
): Promise<{ broken: string[]; weaknesses: string[] }> {
  // A folder of the machine may have the name of one of ours: what stands there inside is ours.
  const foreign = hidden.filter(
    (folder) => ![insideWorkspace, insideHome].some((ours) => isWithin(ours, folder)),
  );
  const argv = ['sh', '-c', PROBE, 'sh', node, ...foreign] as const;
  const { output, exitCode } = await sandbox.run({ argv, directory, timeoutMs: PROBE_MS });
  const lines = output.split('\n');
  const listOf = (kind: string) =>
    lines.filter((line) => line.startsWith(`${kind}:`)).map((line) => line.slice(kind.length + 1));
  const broken = listOf('broken');
  if (!lines.includes('done'))
    broken.push(`the probe failed with exit code ${exitCode}: ${output.trim().slice(0, 300)}`);
  return { broken, weaknesses: listOf('weak') };
}
