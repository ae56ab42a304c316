import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { prepareSample } from '../src/app/demo/prepare-sample.ts';
import { readDemoSession } from '../src/app/demo/sessions.ts';
import { median, timeProcess } from './time-process.ts';

/**
 * Whole processes, timed from outside and set against something everybody knows, in one run: read the ratios, the
 * milliseconds are this machine's. `npm run bench`, after `npm run build`.
 */
const root = resolve(import.meta.dirname, '..');
const cli = join(root, 'dist/cli.js');
const action = join(root, 'dist/index.js');
const folder = mkdtempSync(join(tmpdir(), 'tamma-bench-'));

if (!existsSync(cli)) throw new Error('dist/ is missing: run npm run build first');
try {
  console.log(`node ${process.version}, medians of whole processes\n`);
  benchStart();
  benchDemo();
  await benchStep();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function benchStart(): void {
  const bare = join(folder, 'bare.mjs');
  writeFileSync(bare, '');
  const event = join(folder, 'comment.json');
  const alice = { id: 101, login: 'alice', type: 'User' };
  const comment = { id: 900, body: 'Good idea. '.repeat(500), user: alice };
  writeFileSync(event, JSON.stringify({ action: 'created', issue: { number: 7 }, comment, sender: alice }));
  const idleEvent = {
    GITHUB_ACTIONS: 'true',
    GITHUB_EVENT_NAME: 'issue_comment',
    GITHUB_EVENT_PATH: event,
    INPUT_COMMAND: 'auto',
    GITHUB_WORKSPACE: folder,
  };
  // Turn by turn, so that a machine that slows down does so for all three.
  const runs = Array.from({ length: 15 }, () => ({
    bare: timeProcess([process.execPath, bare]),
    cli: timeProcess([process.execPath, cli, '--version']),
    action: timeProcess([process.execPath, action], { env: idleEvent, anyExit: true }),
  }));
  const base = median(runs.map((run) => run.bare.milliseconds));
  print('bare node', base, base, median(runs.map((run) => run.bare.maxRssMb)));
  print(
    'dist/cli.js --version',
    median(runs.map((run) => run.cli.milliseconds)),
    base,
    median(runs.map((run) => run.cli.maxRssMb)),
  );
  print(
    'dist/index.js, a comment that is no command',
    median(runs.map((run) => run.action.milliseconds)),
    base,
    median(runs.map((run) => run.action.maxRssMb)),
  );
}

function benchDemo(): void {
  const runs = Array.from({ length: 3 }, () => timeProcess([process.execPath, cli, 'demo', '--json']));
  const tests = join(folder, 'demo-tests');
  const suite = timeSuite(tests);
  const whole = median(runs.map((run) => run.milliseconds));
  console.log(
    `\ndemo: ${format(whole)}, ${(whole / suite).toFixed(1)} × one run of the sample's own tests (${format(suite)})`,
  );
  console.log(`demo: own process at most ${Math.max(...runs.map((run) => run.maxRssMb)).toFixed(0)} MB`);
}

function timeSuite(directory: string): number {
  spawnSync('mkdir', ['-p', directory]);
  spawnSync(process.execPath, [
    '--input-type=module',
    '-e',
    `const { prepareSample } = await import(${JSON.stringify(join(root, 'src/app/demo/prepare-sample.ts'))}); await prepareSample(${JSON.stringify(directory)});`,
  ]);
  return median(
    Array.from({ length: 3 }, () => timeProcess(['npm', 'test'], { cwd: directory }).milliseconds),
  );
}

/** What a step costs beyond its work: one that does next to nothing, against the one `git push` nobody can do without. */
async function benchStep(): Promise<void> {
  const directory = join(folder, 'step');
  spawnSync('mkdir', ['-p', directory]);
  await prepareSample(directory);
  const recording = join(folder, 'session.json');
  writeFileSync(recording, await readDemoSession(1));
  const step = () =>
    timeProcess(
      [
        process.execPath,
        cli,
        'step',
        '--issue',
        '1',
        '--recording',
        recording,
        '--sandbox',
        'best-effort',
        '--json',
      ],
      { cwd: directory },
    );
  const steps = new Map<string, number>();
  for (let i = 0; i < 15; i++) {
    const { milliseconds, stdout } = step();
    steps.set((JSON.parse(stdout) as { step: string }).step, milliseconds);
  }
  const push = timePush(directory);
  console.log(`\none bare git push of one commit (path remote): ${format(push)}`);
  for (const name of ['CI_CHECK', 'APPROVAL_GATE', 'DEPLOYMENT']) {
    const time = steps.get(name) ?? Number.NaN;
    console.log(`step ${name}: ${format(time)}, ${(time / push).toFixed(1)} × a push`);
  }
}

function timePush(directory: string): number {
  const bare = join(folder, 'remote.git');
  const git = (...args: string[]) => spawnSync('git', args, { cwd: directory, encoding: 'utf8' });
  git('init', '--quiet', '--bare', bare);
  return median(
    Array.from({ length: 7 }, (_, index) => {
      const commit = git('commit-tree', 'HEAD^{tree}', '-p', 'HEAD', '-m', `push ${index}`).stdout.trim();
      return timeProcess(['git', 'push', '--quiet', bare, `${commit}:refs/heads/push-${index}`], {
        cwd: directory,
      }).milliseconds;
    }),
  );
}

function print(name: string, milliseconds: number, base: number, rssMb: number): void {
  console.log(
    `${name.padEnd(28)} ${format(milliseconds).padStart(9)}  ${(milliseconds / base).toFixed(2)} ×  ${rssMb.toFixed(0)} MB`,
  );
}

function format(milliseconds: number): string {
  return milliseconds < 1000 ? `${milliseconds.toFixed(0)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}
