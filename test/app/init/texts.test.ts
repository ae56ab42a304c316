import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { inputRows } from '../../../src/app/action/inputs.ts';
import { neededPermissions } from '../../../src/app/doctor/github/needed-permissions.ts';
import { findTamma, listInputs } from '../../../src/app/doctor/github/tamma-steps.ts';
import { parseWorkflow } from '../../../src/app/doctor/github/workflow-facts.ts';
import { type ConfigChoices, writeConfig } from '../../../src/app/init/config-text.ts';
import { buildEmbedded, embedded, shippedWorkflows } from '../../../src/app/init/embed-workflows.ts';
import { exampleIssue } from '../../../src/app/init/example-issue.ts';
import { labelRows } from '../../../src/app/init/labels.ts';
import { writeWorkflow } from '../../../src/app/init/workflow-text.ts';
import { parseConfig } from '../../../src/core/config/parse.ts';
import { parseIssueFile } from '../../../src/platforms/plain-git/issue-file.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const kinds = ['minimal', 'hardened'] as const;

describe('the workflow that init writes', () => {
  // Where this fails: `node src/app/init/embed-workflows.ts`, then build.
  test('is the one of the examples', () => {
    expect(readFileSync(embedded, 'utf8')).toBe(buildEmbedded());
  });

  test.each(kinds)('is the %s example byte for byte where nothing is chosen', async (kind) => {
    const text = await writeWorkflow({ kind, vendor: 'anthropic', ciNames: [] });
    expect(text).toBe(readFileSync(join(root, shippedWorkflows[kind]), 'utf8'));
  });

  test.each(kinds)('takes the key of another vendor and the names of the project’s CI, %s', async (kind) => {
    const text = await writeWorkflow({ kind, vendor: 'openai', ciNames: ['Tests', "it's: odd", '- [x]'] });
    expect(text).not.toMatch(/anthropic/i);
    expect(text).toContain('openai-api-key: ${{ secrets.OPENAI_API_KEY }}');
    expect(parse(text).on.workflow_run.workflows).toEqual(['Tests', "it's: odd", '- [x]']);
  });

  test.each(kinds)('needs one secret, %s', async (kind) => {
    const facts = await parseWorkflow('w.yml', await writeWorkflow({ kind, vendor: 'gemini', ciNames: [] }));
    expect(facts?.jobs.flatMap(({ secrets }) => secrets)).toEqual(['GEMINI_API_KEY']);
    const [tamma] = findTamma(facts ? [facts] : []);
    expect(tamma).toMatchObject({ isReusable: kind === 'hardened' });
    const given = tamma?.jobs.flatMap(listInputs).flatMap((inputs) => Object.keys(inputs)) ?? [];
    expect(given.filter((name) => !Object.hasOwn(inputRows, name))).toEqual([]);
  });
});

test.each(kinds)('asks for the permissions that the doctor expects, and no others: %s', (kind) => {
  const { jobs } = parse(readFileSync(join(root, shippedWorkflows[kind]), 'utf8'));
  const expected = Object.entries(neededPermissions).map(([name, { level }]) => [name, level]);
  expect(jobs.tamma.permissions).toEqual(Object.fromEntries(expected));
});

describe('the configuration that init writes', () => {
  const base: ConfigChoices = {
    mode: 'dev',
    project: 'Node.js',
    foundTest: 'npm test',
    test: null,
    provider: null,
    startable: [],
  };
  const read = (choices: Partial<ConfigChoices>) =>
    parseConfig({
      text: writeConfig({ ...base, ...choices }),
      file: '.tamma/config.yml',
      environment: { OPENAI_API_KEY: 'x', ANTHROPIC_API_KEY: 'x' },
      floor: { sandbox: undefined },
    });

  test.each<[string, Partial<ConfigChoices>]>([
    ['what was found', {}],
    ['a project nobody knows', { foundTest: null, project: 'unknown' }],
    ['text that would end a comment', { project: 'a\nmode: business', foundTest: 'b\nmode: x' }],
  ])('changes no default but names what it is about: %s', (_title, choices) => {
    const { config, warnings } = read(choices);
    expect(warnings).toEqual([]);
    expect(config).toMatchObject({ mode: 'dev', commands: { test: null } });
  });

  test('has the one CI that can be started, and leaves the choice of several', () => {
    expect(read({ startable: ['ci.yml'] }).config.ci.workflow).toBe('ci.yml');
    expect(read({ startable: ['ci.yml', 'lint.yml'] }).config.ci.workflow).toBeNull();
    expect(writeConfig({ ...base, startable: ['ci.yml', 'lint.yml'] })).toContain(
      'lint.yml.\n# ci:\n#   workflow: ci.yml',
    );
  });

  test('holds what a person answered', () => {
    const { config } = read({ mode: 'business', test: 'make "check"', provider: 'openai' });
    expect(config).toMatchObject({
      mode: 'business',
      commands: { test: 'make "check"' },
      agent: { provider: 'openai' },
    });
  });
});

test('the labels fit what GitHub takes', () => {
  const rows = labelRows(['tamma', 'bug']);
  expect(rows.map(({ name }) => name)).toEqual(expect.arrayContaining(['tamma', 'bug', 'tamma:active']));
  for (const { color, description } of rows) {
    expect(color).toMatch(/^[0-9a-f]{6}$/);
    expect(description.length).toBeLessThanOrEqual(100);
  }
});

test('the example issue of plain git would be picked', async () => {
  const origin = () => Promise.resolve({ createdAt: '', updatedAt: '', author: 'alice' });
  const { issue } = await parseIssueFile(1, Buffer.from(exampleIssue), origin);
  expect(issue).toMatchObject({ state: 'open', labels: ['tamma'] });
});
