import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findIdleReason, lineageOf, requestOfEvent, workflowOf } from '../../../src/app/action/idle.ts';
import { runActionEntry } from '../../support/run-cli.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tamma-idle-'));
});

afterAll(() => rmSync(folder, { recursive: true }));

function event(name: string, payload: unknown): Record<string, string> {
  const path = join(folder, 'event.json');
  writeFileSync(path, typeof payload === 'string' ? payload : JSON.stringify(payload));
  return { GITHUB_EVENT_NAME: name, GITHUB_EVENT_PATH: path, GITHUB_WORKSPACE: folder };
}

describe('an event that is nobody’s business', () => {
  test.each(['pull_request', 'pull_request_target', 'check_run', 'star', 'issue_comment'])(
    '%s ends at once',
    (name) => {
      expect(findIdleReason({ GITHUB_EVENT_NAME: name })).toContain(name);
    },
  );

  test.each(['push', 'schedule'])('%s does not', (name) => {
    expect(findIdleReason({ GITHUB_EVENT_NAME: name })).toBeUndefined();
  });

  test('a run that is told what to do does it whatever the event', () => {
    expect(findIdleReason({ GITHUB_EVENT_NAME: 'pull_request', INPUT_COMMAND: 'doctor' })).toBeUndefined();
    expect(findIdleReason({ GITHUB_EVENT_NAME: 'pull_request', INPUT_ISSUE: '7' })).toBeUndefined();
    expect(findIdleReason({})).toBeUndefined();
  });

  test('ends with a line that says why', async () => {
    const env = event('issue_comment', { action: 'created', comment: { body: 'Thanks!' } });
    const { exitCode, stdout } = await runActionEntry({ env });
    expect({ exitCode, stdout }).toEqual({
      exitCode: 0,
      stdout: 'nothing to do: issue_comment: the comment has no number\n',
    });
  });

  test('is told from a few small files, before anything else is loaded', () => {
    const source = join(import.meta.dirname, '..', '..', '..', 'src');
    const loaded = new Set<string>();
    const read = (file: string): void => {
      if (loaded.has(file)) return;
      loaded.add(file);
      const imports = readFileSync(file, 'utf8').matchAll(/^(?:import|\} from) (?!type).*?'([^']+)';$/gm);
      for (const [, name = ''] of imports)
        if (name.startsWith('.')) read(join(dirname(file), name));
        else expect(name).toMatch(/^node:/);
    };
    read(join(source, 'action.ts'));
    expect([...loaded].map((file) => relative(source, file)).sort()).toEqual([
      'action.ts',
      join('app', 'action', 'event-request.ts'),
      ...['ci', 'payload', 'people', 'read-event', 'rounds'].map((name) =>
        join('app', 'action', 'events', `${name}.ts`),
      ),
      join('app', 'action', 'idle.ts'),
    ]);
  });
});

describe('what the environment tells', () => {
  const labeled = (name: string) => ({
    action: 'labeled',
    issue: { number: 7, state: 'open' },
    label: { name },
    sender: { id: 1, login: 'alice', type: 'User' },
  });

  test('the default label matters, another one if the configuration has its name', () => {
    expect(requestOfEvent(event('issues', labeled('tamma'))).kind).toBe('label');
    // Nothing is checked out, so nobody can tell yet.
    expect(requestOfEvent(event('issues', labeled('robot'))).kind).toBe('label');
    mkdirSync(join(folder, '.git'));
    expect(requestOfEvent(event('issues', labeled('robot'))).kind).toBe('idle');
    mkdirSync(join(folder, '.tamma'));
    writeFileSync(join(folder, '.tamma', 'config.yml'), 'labels: { include: [robot] }\n');
    expect(requestOfEvent(event('issues', labeled('robot'))).kind).toBe('label');
    expect(requestOfEvent(event('issues', labeled('bug'))).kind).toBe('idle');
  });

  test('a payload that cannot be read is none', () => {
    expect(requestOfEvent(event('issues', '{ "action":')).kind).toBe('idle');
    expect(requestOfEvent({}).kind).toBe('orchestrate');
  });

  test('the workflow that runs, and the runs that led here', () => {
    const ref = 'acme/shop/.github/workflows/tamma.yml@refs/heads/main';
    expect(workflowOf({ GITHUB_WORKFLOW_REF: ref })).toBe('.github/workflows/tamma.yml');
    expect(workflowOf({})).toBe('');
    expect(lineageOf(event('workflow_dispatch', { inputs: { lineage: '4' } }))).toBe(4);
    expect(lineageOf(event('schedule', { inputs: { lineage: '4' } }))).toBe(0);
  });
});
