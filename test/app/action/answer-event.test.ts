import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { answerEvent } from '../../../src/app/action/answer-event.ts';
import { readEvent } from '../../../src/app/action/events/read-event.ts';
import { findIdleReason } from '../../../src/app/action/idle.ts';
import type { Around } from '../../../src/app/action/main.ts';
import type { Runtime } from '../../../src/app/runtime.ts';
import { EVERYTHING } from '../../forge/test-forge.ts';
import { createActionContext } from '../../support/action-context.ts';
import { callAction } from '../../support/call-action.ts';
import { createEventLog } from '../../support/event-log.ts';
import type { TestRepository } from '../../support/git-repository.ts';
import { createGitHubFixture, type GitHubFixture } from '../../support/github-platform.ts';
import { createRecordedRepository } from '../../support/recorded-repository.ts';
import { createPlannedLog } from '../../support/sample-loop.ts';
import { readWebhookExamples, type WebhookExample } from '../../support/webhook-examples.ts';

vi.setConfig({ testTimeout: 60_000 });

let folder: string;
let repository: TestRepository;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tamma-event-'));
});
afterAll(() => rm(folder, { recursive: true }));

const alice = { id: 101, login: 'alice', type: 'User' };

/** The action as an event starts it. */
async function receive(
  name: string,
  payload: unknown,
  around: Around = {},
  more: Readonly<Record<string, string>> = { GITHUB_WORKSPACE: repository.directory, INPUT_REMOTE: 'none' },
) {
  const [event, output, summary] = ['event', 'output', 'summary'].map((file) => join(folder, file)) as [
    string,
    string,
    string,
  ];
  await Promise.all([
    writeFile(event, JSON.stringify(payload)),
    writeFile(output, ''),
    writeFile(summary, ''),
  ]);
  const env: Record<string, string> = {
    GITHUB_ACTIONS: 'true',
    GITHUB_RUN_ID: '4711',
    GITHUB_OUTPUT: output,
    GITHUB_STEP_SUMMARY: summary,
    GITHUB_EVENT_NAME: name,
    GITHUB_EVENT_PATH: event,
    ...more,
  };
  if (findIdleReason(env)) return { exitCode: 0, status: 'idle', summary: '' };
  const { exitCode } = await callAction(env, around);
  const status = /^status<<(\S+)\n(.*)\n\1$/m.exec(await readFile(output, 'utf8'))?.[2];
  return { exitCode, status, summary: await readFile(summary, 'utf8') };
}

const refs = () => repository.git(['for-each-ref']);

describe('the published example payloads', () => {
  let fixture: GitHubFixture;
  beforeAll(async () => {
    const permissions = EVERYTHING;
    fixture = await createGitHubFixture({ token: { kind: 'actions', repository: 'acme/shop', permissions } });
    await fixture.local.git(['remote', 'add', 'origin', fixture.options.gitUrl]);
  });
  afterAll(() => fixture.remove());

  /** Where a model would be asked, the run fails. */
  const around = {
    decorate: { provider: () => Promise.reject(new Error('nobody has asked for anything')) },
    secondMs: 20,
  };

  function receiveAtForge({ name, payload }: WebhookExample) {
    const { forge, local, options } = fixture;
    return receive(name, payload, around, {
      GITHUB_WORKSPACE: local.directory,
      GITHUB_SERVER_URL: forge.url,
      GITHUB_API_URL: forge.url,
      GITHUB_TOKEN: options.token,
      INPUT_REMOTE: '',
    });
  }

  test('end without a failure, a write or a model call, and nearly all of them without a request', async () => {
    const { forge, home } = fixture;
    forge.requests.splice(0);
    const before = await home.git.refs();
    const asking = new Set<string>();
    const examples = readWebhookExamples();
    for (const example of examples) {
      const calls = forge.requests.length;
      expect(await receiveAtForge(example)).toMatchObject({ exitCode: 0, status: 'idle' });
      if (forge.requests.length > calls) asking.add(example.name);
    }
    expect(examples).toHaveLength(329);
    expect([...asking]).toEqual(['push', 'workflow_dispatch']);
    expect(forge.requests.filter(({ isWrite }) => isWrite)).toEqual([]);
    expect(await home.git.refs()).toEqual(before);
  });

  test('end like that as well where nobody looked at them before the action was loaded', async () => {
    const runtime = () => Promise.reject(new Error('an event that asks for nothing opens nothing'));
    for (const { name, payload } of readWebhookExamples()) {
      const request = readEvent({ name, payload, workflow: '', mayMatter: () => true });
      if (request.kind !== 'idle') continue;
      const context = { ...createActionContext({} as Runtime, request), runtime };
      expect(await answerEvent(context)).toMatchObject({ exitCode: 0, outputs: { status: 'idle' } });
    }
  });
});

describe('an event at the action', () => {
  afterEach(() => repository.remove());

  test('that names an issue takes its next step', async () => {
    repository = await createRecordedRepository(createEventLog());
    const { exitCode, status } = await receive('workflow_dispatch', {
      inputs: { issue: '7' },
      sender: alice,
    });
    expect({ exitCode, status }).toEqual({ exitCode: 0, status: 'done' });
  });

  test.each<[string, string, unknown, RegExp]>([
    [
      'a comment, where issues are files',
      'issue_comment',
      {
        action: 'created',
        issue: { number: 7 },
        comment: { id: 900, body: '/tamma approve 12ab', user: alice },
        sender: alice,
      },
      /issues are kept in git here/,
    ],
    [
      'checks of an issue that waits for a person',
      'check_suite',
      { action: 'completed', check_suite: { head_branch: 'tamma/7-commas' } },
      /nothing that waits for it can go on/,
    ],
    [
      'a deployment nobody waits for',
      'deployment_status',
      { deployment_status: { state: 'success' } },
      /nothing that waits/,
    ],
  ])('changes nothing: %s', async (_, name, payload, told) => {
    repository = await createRecordedRepository(createPlannedLog());
    const before = await refs();
    const { exitCode, summary } = await receive(name, payload);
    expect(exitCode).toBe(0);
    expect(summary).toMatch(told);
    expect(await refs()).toBe(before);
  });
});
