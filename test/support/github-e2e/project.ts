import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sampleFiles } from '../../../src/app/demo/sample.ts';
import { TEST_COMMAND } from '../e2e/quick-script.ts';

/** The demo's sample project as it would live on GitHub: issues are issues there, not files. */
export const projectFiles: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(sampleFiles).filter(([path]) => !path.startsWith('.tamma/')),
);

/** Title and body of one of the sample's issues: 1 the bug, 2 the feature, 3 the one that has to be asked about. */
export function sampleIssue(number: 1 | 2 | 3): { title: string; body: string } {
  const text = sampleFiles[`.tamma/issues/${number}.md`] ?? '';
  const [, head = '', body = ''] = /^---\n([\s\S]*?)\n---\n([\s\S]*)$/.exec(text) ?? [];
  return { title: /^title: (.*)$/m.exec(head)?.[1] ?? '', body: body.trim() };
}

/** Quick gates; plans of low risk need nobody, merges do. */
export const CONFIG = [
  `commands: { test: ${TEST_COMMAND} }`,
  'gates: { coverage: { minimum: null } }',
  '',
].join('\n');

/** A deployment that a person could look at: started by dispatch, over when its job is. */
export const DEPLOY_WORKFLOW = `name: Deploy
on: workflow_dispatch
permissions: {}
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      - run: echo "deployed \${{ github.sha }}"
`;

/** A CI of the project that Tamma can start on its branch, where runs of its pull request wait for a person. */
export const CI_WORKFLOW = `name: CI
on: [workflow_dispatch, pull_request]
permissions: { contents: read }
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v6
      - run: test -f package.json
`;

const root = join(import.meta.dirname, '..', '..', '..');

/** Where the action is: \`action.yml\` and the bundle. */
export const ACTION_FOLDER = root;

export const WORKFLOW_PATH = '.github/workflows/tamma.yml';

const SHIPPED = join(root, 'examples', 'github-minimal', WORKFLOW_PATH);

/** The workflow file that a maintainer copies, byte for byte but for what this place needs and `inputs` of the test. */
export function readShippedWorkflow(inputs: Readonly<Record<string, string>> = {}): string {
  return adaptWorkflow(readFileSync(SHIPPED, 'utf8'), inputs);
}

/** What this place needs in a workflow: where the model is, and that a machine without a sandbox will do. */
export function adaptWorkflow(text: string, inputs: Readonly<Record<string, string>> = {}): string {
  const key = /^( +)anthropic-api-key: .*\n/m;
  if (!key.test(text)) throw new Error(`no anthropic-api-key to put a base-url beside:\n${text}`);
  const given = { 'base-url': '${{ vars.MODEL_URL }}', sandbox: 'best-effort', ...inputs };
  return text.replace(key, (line, indent: string) => {
    const more = Object.entries(given).map(([name, value]) => `${indent}${name}: ${value}\n`);
    return `${line}${more.join('')}`;
  });
}
