import { beforeEach, describe, expect, test, vi } from 'vitest';
import { exitCodeOf } from '../../src/app/cli/step-result.ts';
import { PARSER, QUOTED_TESTS } from '../support/demo/quoted-fields.ts';
import { read, run, submit, turn, write } from '../support/demo/turns.ts';
import {
  APPROVES,
  answers,
  QUICK_CONFIG,
  quickScript,
  TEST_COMMAND,
  writes,
  wrongParser,
} from '../support/e2e/quick-script.ts';
import { dataOf, readLog, readLoopState, readMergeFacts, verifyLog } from '../support/e2e/sample-facts.ts';
import { createSampleProject, type SampleProject } from '../support/e2e/sample-project.ts';
import { standingAt } from '../support/e2e/standing-at.ts';
import { say, walkToEnd } from '../support/e2e/walk.ts';
import { createScriptedProvider, type ScriptedAnswer } from '../support/scripted-provider.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let project: SampleProject;
const prepared = standingAt(async () => {
  const origin = await createSampleProject({ config: QUICK_CONFIG });
  await walkToEnd(origin, { model: quickScript(), before: 'CODE_GENERATION' });
  return origin;
});
beforeEach(() => {
  project = prepared();
});

const parser = (content: string) => writes({ 'src/parse.js': content });
const BEFORE_SCAN = { before: 'SECURITY_SCAN' } as const;

async function readAtHead(path: string): Promise<string> {
  const { head } = await readLoopState(project);
  return project.read(head?.sha ?? '', path);
}

describe('attempts at the tests gate', () => {
  test('code that fails its tests twice and then passes lands with three attempts on record', async () => {
    const model = quickScript({
      implement: [parser(wrongParser('as before'))],
      repair: [parser(wrongParser('of one row')), parser(PARSER)],
    });
    const last = await walkToEnd(project, { model });
    expect(last.status).toBe('done');
    const events = await readLog(project, 1);
    expect(dataOf(events, 'GATE.FAILED').map(({ gateId, attempt }) => [gateId, attempt])).toEqual([
      ['tests', 1],
      ['tests', 2],
    ]);
    expect(dataOf(events, 'GATE.PASSED').find(({ gateId }) => gateId === 'tests')).toMatchObject({
      attempt: 3,
    });
    expect(await project.read('main', 'src/parse.js')).toBe(PARSER.trim());
    expect(await project.git('log', '--format=%s', '-1', 'main', '--', 'src')).toContain('quoted field');
  });

  test('code that never passes is handed to a person with the three reports, and retry lets a better model finish', async () => {
    const model = quickScript({
      implement: [parser(wrongParser('as before'))],
      repair: [parser(wrongParser('of one row')), parser(wrongParser('of nothing'))],
    });
    const last = await walkToEnd(project, { model });
    expect(last).toMatchObject({ status: 'escalated', progressed: false });
    expect(exitCodeOf(last)).toBe(3);
    const [escalation] = dataOf(await readLog(project, 1), 'ESCALATION.TRIGGERED');
    expect(escalation).toMatchObject({
      reason: 'attempts-exhausted',
      stepId: 'TEST_VALIDATION',
      gateId: 'tests',
    });
    expect(escalation?.reports.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    for (const { report } of escalation?.reports ?? []) expect(report.summary).toMatch(/of \d tests fail/);
    expect(escalation?.commands).toEqual([
      'tamma retry --issue 1',
      'tamma resume --issue 1',
      'tamma take-over --issue 1',
      'tamma stop --issue 1',
    ]);
    const { issueFile } = await readMergeFacts(project);
    expect(issueFile).toContain('needs-human-review');
    expect(issueFile).toContain('`tamma retry --issue 1`');

    const again = await walkToEnd(project, { model });
    expect(again).toMatchObject({ status: 'escalated', step: null });

    expect(await say(project, 'retry')).toMatchObject({ accepted: true });
    expect((await readMergeFacts(project)).issueFile).not.toContain('needs-human-review');
    const better = quickScript({ repair: [parser(PARSER)] });
    expect(await walkToEnd(project, { model: better, ...BEFORE_SCAN })).toMatchObject({ progressed: true });
    expect(await verifyLog(project)).toMatchObject({ ok: true });
  });

  test('a repair that brings back a state that failed before ends the loop before its attempts are used up', async () => {
    await project.commit('More patience', {
      '.tamma/config.yml': `${QUICK_CONFIG.replace('gates: {', 'gates: { maxAttempts: 9,')}`,
    });
    const model = quickScript({
      implement: [parser(wrongParser('as before'))],
      repair: [parser(wrongParser('of one row')), parser(wrongParser('as before'))],
    });
    const last = await walkToEnd(project, { model });
    expect(last.status).toBe('escalated');
    const events = await readLog(project, 1);
    expect(dataOf(events, 'GATE.FAILED')).toHaveLength(3);
    expect(dataOf(events, 'ESCALATION.TRIGGERED')).toMatchObject([
      { reason: 'no-progress', gateId: 'tests' },
    ]);
  });

  test('a repair that changes nothing ends the loop at once, and retry lets a better model repair', async () => {
    const model = quickScript({
      implement: [parser(wrongParser('as before'))],
      repair: [answers({ summary: 'It should work.', undone: [] })],
    });
    const last = await walkToEnd(project, { model });
    expect(last.status).toBe('escalated');
    const events = await readLog(project, 1);
    expect(dataOf(events, 'GATE.FAILED')).toHaveLength(1);
    expect(dataOf(events, 'CODE.GENERATED.FAILED')).toMatchObject([{ phase: 'repair', reason: 'no-change' }]);
    expect(dataOf(events, 'ESCALATION.TRIGGERED')).toMatchObject([{ reason: 'no-progress' }]);

    expect(await say(project, 'retry')).toMatchObject({ accepted: true });
    const better = quickScript({ repair: [parser(PARSER)] });
    expect(await walkToEnd(project, { model: better, ...BEFORE_SCAN })).toMatchObject({ progressed: true });
  });

  test('a repair is told what failed, and sees which tests are frozen', async () => {
    const provider = createScriptedProvider({
      answers: quickScript({ implement: [parser(wrongParser('as before'))], repair: [parser(PARSER)] }),
    });
    await walkToEnd(project, { model: provider, before: 'SECURITY_SCAN' });
    const [asked] = provider.calls.filter(({ task }) => task === 'repair');
    const prompt = JSON.stringify(asked?.request.messages);
    expect(prompt).toContain('keeps a comma inside a quoted field');
    expect(prompt).toContain('of 9 tests fail');
  });
});

describe('RED, GREEN and REFACTOR', () => {
  const WEAKENED =
    "import test from 'node:test';\n\ntest('keeps a comma inside a quoted field', () => {});\n";

  test('tests that pass before the code exists go to a person, whose retry begins with new tests', async () => {
    const passing = "import test from 'node:test';\n\ntest('is there', () => {});\n";
    const last = await walkToEnd(project, {
      model: quickScript({ tests: [writes({ 'test/new.test.js': passing })] }),
    });
    expect(last.status).toBe('escalated');
    const events = await readLog(project, 1);
    expect(dataOf(events, 'CODE.GENERATED.FAILED')).toMatchObject([
      { phase: 'tests', reason: 'tests-pass-already' },
    ]);
    expect(dataOf(events, 'ESCALATION.TRIGGERED')).toMatchObject([
      { reason: 'tests-pass-already', stepId: 'CODE_GENERATION' },
    ]);
    expect(dataOf(events, 'BRANCH.CREATED.SUCCESS')).toEqual([]);

    expect(await say(project, 'retry')).toMatchObject({ accepted: true });
    const again = { model: quickScript(), ...BEFORE_SCAN };
    expect(await walkToEnd(project, again)).toMatchObject({ progressed: true });
  });

  test('writing a frozen test is refused to the model, and the code lands beside the tests as they were', async () => {
    const provider = createScriptedProvider({
      answers: quickScript({
        implement: [
          [
            turn('The test is too strict.', write('test/parse-quoted.test.js', WEAKENED)),
            turn('Then the code.', write('src/parse.js', PARSER), submit({ summary: 'Done.', undone: [] })),
          ],
        ],
      }),
    });
    const last = await walkToEnd(project, { model: provider, ...BEFORE_SCAN });
    expect(last).toMatchObject({ step: 'TEST_VALIDATION', progressed: true });
    const told = provider.calls.find(({ task, turn: number }) => task === 'implement' && number === 2);
    expect(JSON.stringify(told?.request.messages.at(-1))).toContain('is a frozen test');
    expect(await readAtHead('test/parse-quoted.test.js')).toBe(QUOTED_TESTS.trim());
  });

  test('a frozen test that was changed by a command is caught on the tree, and nothing of it is committed', async () => {
    const rewrites = `import { writeFileSync } from 'node:fs';\nwriteFileSync('test/parse-quoted.test.js', ${JSON.stringify(WEAKENED)});\nexport const parseCsv = () => [];\n`;
    const model = quickScript({
      implement: [
        [
          turn('The code.', write('src/parse.js', rewrites), run(TEST_COMMAND)),
          turn('Green.', submit({ summary: 'Done.', undone: [] })),
        ],
        parser(PARSER),
      ],
    });
    const last = await walkToEnd(project, { model, ...BEFORE_SCAN });
    expect(last).toMatchObject({ step: 'TEST_VALIDATION', progressed: true });
    const events = await readLog(project, 1);
    expect(dataOf(events, 'GATE.FAILED')).toMatchObject([
      {
        gateId: 'tdd',
        attempt: 1,
        report: { summary: expect.stringContaining('frozen tests were changed') },
      },
    ]);
    expect(await readAtHead('test/parse-quoted.test.js')).toBe(QUOTED_TESTS.trim());
    expect(
      await project.git('log', '--all', '--format=%H', '-S', 'writeFileSync', '--', 'src/parse.js'),
    ).toBe('');
  });

  test('what the model writes beside its tests in RED is not kept', async () => {
    const sneaky = `import { writeFileSync } from 'node:fs';\nwriteFileSync('src/parse.js', ${JSON.stringify(PARSER)});\n${QUOTED_TESTS}`;
    const model = quickScript({
      tests: [
        [
          turn('Tests.', write('test/parse-quoted.test.js', sneaky), run(TEST_COMMAND)),
          turn(
            'They pass even.',
            write('test/parse-quoted.test.js', QUOTED_TESTS),
            submit({ summary: 'Done.', undone: [] }),
          ),
        ],
      ],
    });
    await walkToEnd(project, { model, before: 'BUILD_VALIDATION' });
    const [red] = dataOf(await readLog(project, 1), 'CODE.TESTS_WRITTEN.SUCCESS');
    expect(red).toMatchObject({ exitCode: 1 });
    expect(await project.git('diff', '--name-only', `${red?.headSha}~`, red?.headSha ?? '')).toBe(
      'test/parse-quoted.test.js',
    );
  });

  test('a refactoring that breaks the tests is dropped and the green commit stands', async () => {
    const last = await walkToEnd(project, {
      model: quickScript({ refactor: [parser(wrongParser('of nothing'))] }),
      ...BEFORE_SCAN,
    });
    expect(last).toMatchObject({ step: 'TEST_VALIDATION', progressed: true });
    const events = await readLog(project, 1);
    expect(dataOf(events, 'CODE.GENERATED.FAILED')).toMatchObject([
      { phase: 'refactor', reason: 'refactor-dropped' },
    ]);
    expect(dataOf(events, 'COMMIT.CREATED.SUCCESS').map(({ message }) => message.split(' ')[0])).toEqual([
      'Add',
      'Implement',
    ]);
    expect(await readAtHead('src/parse.js')).toBe(PARSER.trim());
  });

  test('code that writes to a protected place is sent back and never committed', async () => {
    const plants = `import { mkdirSync, writeFileSync } from 'node:fs';\nmkdirSync('.github/workflows', { recursive: true });\nwriteFileSync('.github/workflows/ci.yml', 'on: push');\n${PARSER}`;
    const model = quickScript({
      implement: [
        [
          turn('The code.', write('src/parse.js', plants), run(TEST_COMMAND)),
          turn('Green.', submit({ summary: 'Done.', undone: [] })),
        ],
        parser(PARSER),
      ],
    });
    await walkToEnd(project, { model, before: 'BUILD_VALIDATION' });
    const events = await readLog(project, 1);
    expect(dataOf(events, 'GATE.FAILED')).toMatchObject([
      {
        gateId: 'tdd',
        report: { findings: [{ message: expect.stringContaining('.github/workflows/ci.yml') }] },
      },
    ]);
    const { head } = await readLoopState(project);
    expect(await project.git('ls-tree', '-r', '--name-only', head?.sha ?? '')).not.toContain('.github');
  });

  test('two rounds of RED without a test are no progress, and end with a person', async () => {
    const idle = answers({ summary: 'There is nothing to test.', undone: [] });
    const last = await walkToEnd(project, { model: quickScript({ tests: [idle] }) });
    expect(last.status).toBe('escalated');
    const events = await readLog(project, 1);
    expect(dataOf(events, 'ESCALATION.TRIGGERED')).toMatchObject([{ reason: 'no-progress', gateId: 'tdd' }]);
    expect(dataOf(events, 'ESCALATION.TRIGGERED')[0]?.reports).toHaveLength(2);
  });

  test('what was written before the model broke off is kept, and what came after is left out', async () => {
    const breaksOff: ScriptedAnswer[] = [
      turn('I tidy up.', write('src/parse.js', wrongParser('of nothing'))),
    ];
    const broken = await walkToEnd(project, { model: quickScript({ refactor: [breaksOff] }) });
    expect(broken).toMatchObject({ status: 'failed', step: 'CODE_GENERATION', progressed: false });
    expect(dataOf(await readLog(project, 1), 'COMMIT.CREATED.SUCCESS')).toHaveLength(2);

    const provider = createScriptedProvider({ answers: quickScript() });
    expect(await walkToEnd(project, { model: provider })).toMatchObject({ status: 'done' });
    expect(provider.calls.map(({ task }) => task)).toEqual(['review']);
    expect(await project.read('main', 'src/parse.js')).toBe(PARSER.trim());
  });
});

describe('the other gates', () => {
  /** The sample with this in its configuration, from the start: commands are pinned with the context. */
  async function planWith(more: string, files: Record<string, string> = {}): Promise<SampleProject> {
    const config = QUICK_CONFIG.replace(/commands: .*\n|gates: .*\n/g, '') + more;
    const planned = await createSampleProject({ config, files });
    await walkToEnd(planned, { model: quickScript(), before: 'CODE_GENERATION' });
    return planned;
  }

  test('a build that fails sends the change back before its tests are run', async () => {
    const planned = await planWith(
      `commands: { install: node install.js, build: node --check src/parse.js, test: ${TEST_COMMAND} }\ngates: { coverage: { minimum: null } }\n`,
      {
        'install.js':
          "import { mkdirSync } from 'node:fs';\nmkdirSync('node_modules/installed', { recursive: true });\n",
      },
    );
    const model = quickScript({
      implement: [parser('export function parseCsv( {\n')],
      repair: [parser(PARSER)],
    });
    await walkToEnd(planned, { model, ...BEFORE_SCAN });
    const events = await readLog(planned, 1);
    expect(dataOf(events, 'GATE.FAILED')).toMatchObject([
      { gateId: 'build', report: { summary: expect.stringContaining('node --check') } },
    ]);
    expect(dataOf(events, 'GATE.PASSED').map(({ gateId }) => gateId)).toEqual(['build', 'tests', 'coverage']);
    await planned.remove();
  });

  test('code that its tests do not reach is sent back for tests, which a repair may then write', async () => {
    const planned = await planWith('gates: { coverage: { minimum: 95 } }\n');
    const more = `${PARSER}
export function countFields(text) {
  const counts = new Map();
  for (const row of parseCsv(text)) {
    counts.set(row.length, (counts.get(row.length) ?? 0) + 1);
  }
  return counts;
}
`;
    const reaches = `import { countFields } from '../src/parse.js';

test('counts rows by their fields', () => {
  assert.equal(countFields('a,b').get(2), 1);
});
`;
    const model = quickScript({
      implement: [parser(more)],
      repair: [writes({ 'test/parse-quoted.test.js': `${QUOTED_TESTS}${reaches}` })],
    });
    await walkToEnd(planned, { model, ...BEFORE_SCAN });
    const events = await readLog(planned, 1);
    expect(dataOf(events, 'GATE.FAILED')).toMatchObject([{ gateId: 'coverage', attempt: 1 }]);
    expect(dataOf(events, 'GATE.PASSED').findLast(({ gateId }) => gateId === 'coverage')).toMatchObject({
      attempt: 2,
      measured: { lines: 100 },
    });
    await planned.remove();
  });

  test('a secret in the change is sent back before anything of it is committed', async () => {
    const leaks = `${PARSER}const key = 'AKIAZ7QXW3MPLD5R2VTY';\nconst secret = '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';\n`;
    const model = quickScript({ implement: [parser(leaks), parser(PARSER)] });
    await walkToEnd(project, { model, before: 'BUILD_VALIDATION' });
    expect(dataOf(await readLog(project, 1), 'GATE.FAILED')).toMatchObject([
      { gateId: 'tdd', report: { findings: [{ message: 'src/parse.js: holds what looks like a secret' }] } },
    ]);
    expect(await project.git('log', '--all', '--format=%H', '-SAKIAZ7QXW3MPLD5R2VTY')).toBe('');
    expect(JSON.stringify(await readLog(project, 1))).not.toContain('AKIAZ7QXW3MPLD5R2VTY');
  });
});

describe('a session of very many turns', () => {
  test('is recorded whole, though its events are more than one batch holds', async () => {
    const looks = Array.from({ length: 30 }, (_, index) =>
      turn(`Look ${index}.`, read(`src/${index % 2 ? 'parse' : 'format'}.js`)),
    );
    const [tests = [], implement = []] = [
      writes({ 'test/parse-quoted.test.js': QUOTED_TESTS }),
      parser(PARSER),
    ];
    const provider = createScriptedProvider({
      answers: quickScript({ tests: [[...looks, ...tests]], implement: [[...looks, ...implement]] }),
    });
    await walkToEnd(project, { model: provider, before: 'BUILD_VALIDATION' });
    const events = await readLog(project, 1);
    const sent = events.filter(
      ({ type, tags }) => type === 'AI.REQUEST.SENT' && tags.stepId === 'CODE_GENERATION',
    );
    expect(sent).toHaveLength(provider.calls.length);
    expect(provider.calls.length).toBeGreaterThan(60);
    expect(await verifyLog(project)).toMatchObject({ ok: true });
    expect(await readLoopState(project)).toMatchObject({ cursor: 'BUILD_VALIDATION', stepErrors: null });
  });
});

describe('the review gate', () => {
  const OBJECTS = answers({
    verdict: 'request-changes',
    summary: 'A lone quote is swallowed.',
    findings: [
      {
        severity: 'major',
        path: 'src/parse.js',
        line: 3,
        message: 'A quote that is never closed eats the rest of the text.',
      },
    ],
  });

  test('sends the change back with its findings, and the repair is judged by all gates again', async () => {
    const provider = createScriptedProvider({
      answers: quickScript({ repair: [parser(`${PARSER}// repaired\n`)], review: [OBJECTS, APPROVES] }),
    });
    const last = await walkToEnd(project, { model: provider });
    expect(last.status).toBe('done');
    const events = await readLog(project, 1);
    expect(dataOf(events, 'GATE.FAILED')).toMatchObject([{ gateId: 'review', attempt: 1 }]);
    const passed = dataOf(events, 'GATE.PASSED').map(({ gateId }) => gateId);
    expect(passed.filter((gateId) => gateId === 'tests')).toHaveLength(2);
    expect(passed.filter((gateId) => gateId === 'security')).toHaveLength(2);
    const [asked] = provider.calls.filter(({ task }) => task === 'repair');
    expect(JSON.stringify(asked?.request.messages)).toContain('never closed eats the rest');
    expect(await project.read('main', 'src/parse.js')).toContain('// repaired');
  });
});
