import { tmpdir } from 'node:os';
import { probeSandbox } from '../../../src/workspace/sandbox/probe.ts';
import { contractLimits, createSandboxPlace, sandboxFacts } from '../../contracts/sandbox.ts';

/** What one run of the facts as another user found: why there is no sandbox, or what is wrong with each fact (null: it holds). */
export type UserReport = { unavailable: string } | { facts: Record<string, string | null> };

/** Run as a program of its own: `node contract-as-user.ts <rung>` prints a report as JSON. */
async function reportOn(rung: string): Promise<UserReport> {
  const place = createSandboxPlace(tmpdir());
  try {
    const hidden = [place.hidden, process.cwd()];
    const policy = rung === 'none' ? 'best-effort' : 'required';
    const sandbox = await probeSandbox({
      policy,
      temporaryDirectory: place.base,
      hidden,
      limits: contractLimits,
      rungs: [rung],
    });
    const facts: Record<string, string | null> = {};
    for (const { title, promisedBy, check } of sandboxFacts) {
      if (rung === 'none' && promisedBy !== 'all') continue;
      facts[title] = await check({ ...place, sandbox, rung }).then(() => null, String);
    }
    return { facts };
  } catch (error) {
    return { unavailable: String(error) };
  } finally {
    place.remove();
  }
}

if (process.argv[1] === import.meta.filename) {
  process.stdout.write(JSON.stringify(await reportOn(process.argv[2] ?? '')));
}
