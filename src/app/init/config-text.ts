import type { VendorId } from '../../core/config/vendors.ts';

export type ConfigChoices = {
  mode: 'dev' | 'business';
  /** What the project is, for people. */
  project: string;
  /** Found in the project; null: none was. */
  foundTest: string | null;
  /** Given by a person, where none was found. */
  test: string | null;
  /** Where not the first key in the environment is meant. */
  provider: VendorId | null;
  /** Files of workflows that run on pull requests and can be started. */
  startable: readonly string[];
};

/** `.tamma/config.yml`: what differs from the defaults, and what is worth knowing first. */
export function writeConfig({ mode, project, foundTest, test, provider, startable }: ConfigChoices): string {
  const parts = [
    '# Settings of Tamma. Every key is optional; `tamma config show` prints what holds.\nversion: 1',
    `# dev: plans of low risk go on by themselves, a person approves every merge.\n# business: a person approves every plan and every merge.\nmode: ${mode}`,
    writeCommands({ project, foundTest, test }),
    ...(provider
      ? [`# The key of this provider is used where several are there.\nagent:\n  provider: ${provider}`]
      : []),
    ...writeCi(startable),
    '# US dollars; the worst case of every call is checked before it is made. These are the defaults.\n# budget: { perStepUsd: 2, perIssueUsd: 10, perDayUsd: 50 }',
  ];
  return `${parts.join('\n\n')}\n`;
}

function writeCommands({ project, foundTest, test }: Pick<ConfigChoices, 'project' | 'foundTest' | 'test'>) {
  if (test)
    return `# How the tests are run; the rest is detected.\ncommands:\n  test: ${JSON.stringify(test)}`;
  if (foundTest)
    return `# Found: ${oneLine(project)}, tests by \`${oneLine(foundTest)}\`. Name a command here to use another:\n# commands: { test: … }`;
  return '# No test command was found, and Tamma merges nothing untested. Name it:\n# commands: { test: … }';
}

/** Which of several it is, a person has to say: a start costs minutes. */
function writeCi([first, ...others]: readonly string[]): string[] {
  if (!first) return [];
  const why =
    '# CI on pull requests that the token of a job opens waits for a click. Tamma starts this one on its branch instead';
  const setting = `ci:\n  workflow: ${first}`;
  if (others.length === 0) return [`${why}.\n${setting}`];
  return [
    `${why}, if you name it;\n# others that can be: ${others.join(', ')}.\n${setting.replace(/^/gm, '# ')}`,
  ];
}

/** It stands in a comment. */
function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ');
}
