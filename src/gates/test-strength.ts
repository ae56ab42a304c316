import { isTestPath, judgeChanges } from '../core/policies/paths.ts';
import { compareTests, compareThresholds } from '../core/policies/test-strength.ts';
import type { GateContext } from './context.ts';
import { readWholeChange, type TextChange } from './whole-change.ts';

const MAX_LISTED = 10;

/** Where the tests of the head are fewer or weaker than those of the base, for a person to judge; empty where they are not. */
export async function listWeakerTests({ repository, baseSha, headSha }: GateContext): Promise<string[]> {
  const { files } = await readWholeChange(repository, baseSha, headSha);
  const tests = files.filter(({ path }) => isTestPath(path));
  const settings = files.filter((change) => !isTestPath(change.path) && isReviewed(change));
  const weaker = [...compareTests(tests.map(toTestFile)), ...compareThresholds(settings.map(toTestFile))];
  const reasons = weaker.slice(0, MAX_LISTED).map(({ message }) => message);
  return weaker.length > MAX_LISTED
    ? [...reasons, `and ${weaker.length - MAX_LISTED} more of this kind`]
    : reasons;
}

function toTestFile({ path, oldText, newText }: TextChange) {
  return { path, before: oldText, after: newText };
}

/** Configuration of runners, coverage and linters is among the files that need a person anyway. */
function isReviewed(change: TextChange): boolean {
  return judgeChanges([change])[0]?.rule === 'REVIEWED_PATH';
}
