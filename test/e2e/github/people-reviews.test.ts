import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { PARSER } from '../../support/demo/quoted-fields.ts';
import { quickScript, writes } from '../../support/e2e/quick-script.ts';
import { dataOf } from '../../support/e2e/sample-facts.ts';
import { createGitHubHome, type GitHubHome } from '../../support/github-e2e/home.ts';
import { CONFIG, readShippedWorkflow, sampleIssue } from '../../support/github-e2e/project.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 240_000 });

const BETTER = `${PARSER}// A row is an array of fields.\n`;
const REMARK = 'Say what a row is.';

describe('a reviewer who asks for changes', () => {
  let home: GitHubHome;
  let issue: number;
  let pull: number;
  beforeAll(async () => {
    home = await createGitHubHome({
      config: `${CONFIG}workflow: { skip: [RESEARCH, AMBIGUITY_CHECK] }\n`,
      workflow: readShippedWorkflow({ 'steps-per-run': 'until-wait' }),
      model: [
        {
          title: sampleIssue(1).title,
          script: quickScript({ repair: [writes({ 'src/parse.js': BETTER })] }),
        },
      ],
    });
    issue = await home.open(1);
    await home.label(issue);
    await home.runUntilIdle();
    pull = (await home.state(issue)).pull?.number ?? 0;
    expect(pull, home.describeRuns()).not.toBe(0);
    const lines = [{ path: 'src/parse.js', line: 1, body: REMARK }];
    await home.person('alice').review(pull, 'REQUEST_CHANGES', 'Nearly.', lines);
    await home.runUntilIdle();
  });
  afterAll(() => home.close());

  test('gets another round of code, and the checks and the approval begin anew', async () => {
    const state = await home.state(issue);
    expect(state.wait, home.describeRuns()).toMatchObject({ for: 'approval', stepId: 'APPROVAL_GATE' });
    expect(state.feedback).toEqual([`Nearly.\n\nsrc/parse.js:1: ${REMARK}`]);
    const written = dataOf(await home.log(issue), 'CODE.GENERATED.SUCCESS');
    expect(written.map(({ phase }) => phase)).toContain('repair');
    expect(home.issue(pull).pull?.headSha).toBe(state.head?.sha);
  });

  test('is answered in the thread, which is closed', () => {
    const [thread] = home.issue(pull).pull?.threads ?? [];
    expect(thread).toMatchObject({ isResolved: true });
    expect(thread?.comments.map(({ user }) => user.type)).toEqual(['User', 'Bot']);
    expect(thread?.comments[1]?.body).toContain('Answered by');
  });
});
