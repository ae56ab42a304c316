import { parseArgs } from 'node:util';
import { type FaultEffect, githubFaults } from '../test/forge/faults.ts';
import { listOwnRequests } from '../test/support/github-e2e/cost.ts';
import { deliver } from '../test/support/github-e2e/deliver.ts';
import { DELIVERED, readEndState } from '../test/support/github-e2e/end-state.ts';
import { createGitHubHome, type GitHubHome } from '../test/support/github-e2e/home.ts';
import { CONFIG, DEPLOY_WORKFLOW } from '../test/support/github-e2e/project.ts';

/**
 * Each API request of a whole run fails once, in turn, in each of GitHub's ways: the end must be the same every time.
 * `node bench/faults.ts` runs all of them, which takes hours on two cores; `--sample N` takes N of each kind, spread
 * over the run; `--kind timeout` one kind; `--one` a run of its own for every step. Exits with 1 where an end differs.
 */
const kinds: Readonly<Record<string, FaultEffect>> = {
  '500': githubFaults.serverError(),
  '502': githubFaults.badGateway(),
  secondary: githubFaults.secondaryLimit(1),
  '429': githubFaults.tooMany(1),
  timeout: githubFaults.timeoutAfterEffect(),
};

const { values } = parseArgs({
  options: { sample: { type: 'string' }, kind: { type: 'string' }, one: { type: 'boolean', default: false } },
});
const total = await countRequests();
const sample = Math.min(Number(values.sample ?? total), total);
console.log(`a whole run takes ${total} requests; ${sample} of them fail in turn`);
let differing = 0;
for (const [kind, effect] of Object.entries(kinds)) {
  if (values.kind !== undefined && values.kind !== kind) continue;
  const ends = { same: 0, other: 0 };
  for (let turn = 0; turn < sample; turn += 1) {
    const nth = 1 + Math.floor((turn * total) / sample);
    const problem = await failAt(nth, effect);
    ends[problem === undefined ? 'same' : 'other'] += 1;
    if (problem !== undefined) console.log(`${kind} at request ${nth}: ${problem}`);
  }
  differing += ends.other;
  console.log(`${kind.padEnd(10)} ${ends.same} end the same, ${ends.other} do not`);
}
process.exitCode = differing === 0 ? 0 : 1;

function open(): Promise<GitHubHome> {
  return createGitHubHome({
    config: `${CONFIG}deploy: { workflow: deploy.yml }\n`,
    files: { '.github/workflows/deploy.yml': DEPLOY_WORKFLOW },
    ...(values.one ? {} : { inputs: { 'steps-per-run': 'until-wait' } }),
  });
}

async function countRequests(): Promise<number> {
  const home = await open();
  try {
    await deliver(home);
    return listOwnRequests(home).length;
  } finally {
    await home.close();
  }
}

/** Undefined where it ends as without the fault. */
async function failAt(nth: number, effect: FaultEffect): Promise<string | undefined> {
  const home = await open();
  home.forge.faults.add({ nth, token: 'actions', effect });
  try {
    const end = await readEndState(home, await deliver(home));
    return JSON.stringify(end) === JSON.stringify(DELIVERED) ? undefined : JSON.stringify(end);
  } catch (error) {
    return error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
  } finally {
    home.forge.faults.clear();
    await home.close();
  }
}
