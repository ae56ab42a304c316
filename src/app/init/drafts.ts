import { writeConfig } from './config-text.ts';
import type { Detected } from './detect.ts';
import { exampleIssue } from './example-issue.ts';
import type { FileDraft } from './files.ts';
import type { Answers } from './questions.ts';
import { type WorkflowKind, writeWorkflow } from './workflow-text.ts';

const WORKFLOW = '.github/workflows/tamma.yml';
const CONFIG = '.tamma/config.yml';
const ISSUE = '.tamma/issues/1.md';

/** The files that set Tamma up here: on GitHub workflow and configuration, on plain git configuration and an issue. */
export async function draftFiles(
  detected: Detected,
  answers: Answers,
  kind: WorkflowKind,
): Promise<FileDraft[]> {
  const { place, ciNames, configPath, workflowPath, hasIssueFiles } = detected;
  const config = { path: CONFIG, text: writeConfig(toChoices(detected, answers)), other: configPath };
  if (!place) return [config, ...(hasIssueFiles ? [] : [{ path: ISSUE, text: exampleIssue }])];
  const text = await writeWorkflow({ kind, vendor: answers.vendor, ciNames });
  return [{ path: WORKFLOW, text, other: workflowPath }, config];
}

function toChoices(
  { vendors, project, testCommand, place, startable }: Detected,
  { vendor, mode, test }: Answers,
) {
  const isFirst = vendors.length === 0 || vendors[0] === vendor;
  return {
    mode,
    test,
    project,
    foundTest: testCommand,
    provider: isFirst ? null : vendor,
    startable: place ? startable : [],
  };
}
