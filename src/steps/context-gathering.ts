import { digestOf } from '../core/digest.ts';
import { TammaError } from '../core/errors.ts';
import { createDraft } from '../core/events/event.ts';
import type { Step } from '../ports/step.ts';
import { readIssueText } from './issue-text.ts';
import { findNamedFiles } from './project-view.ts';

/** Pins what the whole loop rests on: the base commit, the issue's text, the commands, the configuration. */
export const gatherContext: Step = async (context) => {
  const base = await context.platform.branches.getDefault();
  const text = await readIssueText(context);
  const files = await context.repository.listFiles(base.head);
  const { commands, project } = await context.detectCommands(base.head);
  if (!commands.test) {
    throw new TammaError(
      'NO_TEST_COMMAND',
      `no test command was found in this ${project} project at ${base.head.slice(0, 12)}`,
    );
  }
  const sandbox = await context.sandbox();
  const named = findNamedFiles(
    `${text.title}\n${text.body}`,
    files.map((file) => file.path),
  );
  const gathered = createDraft('CONTEXT.GATHERED.SUCCESS', {
    baseBranch: base.name,
    baseSha: base.head,
    issueDigest: text.digest,
    configDigest: context.configDigest,
    contextDigest: digestOf({
      base: base.head,
      issue: text.digest,
      config: context.configDigest,
      commands,
      named,
    }),
    commands,
    project,
    files: files.length,
    removed: { ...text.removed },
    sandbox: [sandbox.level, ...sandbox.weaknesses].join('; ').slice(0, 500),
  });
  return {
    status: 'completed',
    summary: `${files.length} files at ${base.head.slice(0, 12)}, ${project}, tests by \`${commands.test}\``,
    events: [gathered],
    intents: [],
  };
};
