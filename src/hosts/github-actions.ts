import { neutraliseForRunner } from '../core/text/neutralise.ts';
import { collectSecrets, createRedactor } from '../core/text/redact.ts';
import { createPalette } from '../lib/palette.ts';
import type { Host } from '../ports/host.ts';
import { createHolder, isHolderAlive } from './holder.ts';
import { createPlainView } from './progress-view.ts';

export type GitHubActionsHost = Host & {
  /** An input of `action.yml`, trimmed; empty where it was not given. */
  input(name: string): string;
  /** From here on the runner shows this value as `***`. */
  mask(secret: string): void;
  /** Values are enumerations, numbers, ids and JSON of ours: never text of an issue or a model. */
  output(name: string, value: string): void;
  annotate(level: 'notice' | 'warning' | 'error', title: string, text: string, place?: AnnotationPlace): void;
  /** Adds Markdown to the step summary; says nothing where the runner has none. */
  summarise(markdown: string): Promise<void>;
  print(text: string): void;
};

/** A line of the change, where there is one to point at. */
export type AnnotationPlace = { file?: string | undefined; line?: number | undefined };

export type GitHubActionsOptions = {
  environment: Readonly<Record<string, string | undefined>>;
  now(): Date;
};

/** The runner refuses a step summary above 1 MiB (GitHub docs, "Adding a job summary"). */
const MAX_SUMMARY = 1_000_000;

/**
 * A run as a GitHub Action. What is printed is redacted and neutralised: no text of
 * others becomes a command.
 */
export async function createGitHubActionsHost({
  environment,
  now,
}: GitHubActionsOptions): Promise<GitHubActionsHost> {
  const core = await import('@actions/core');
  const secrets: Parameters<typeof createRedactor>[0][number][] = collectSecrets(environment);
  let { redact } = createRedactor(secrets);
  const say = (text: string) => neutraliseForRunner(redact(text));
  // Inside a command of ours the text is escaped: it needs no marks in front of its lines.
  const note = (text: string) => say(text).replace(/^\| /gm, '');
  const stream = { write: (text: string) => core.info(say(text.trimEnd())) };
  const view = createPlainView({ stream, palette: createPalette(false), now });
  const runId = [environment.GITHUB_RUN_ID ?? 'unknown', environment.GITHUB_RUN_ATTEMPT ?? '1'].join('.');
  return {
    kind: 'github-actions',
    holder: createHolder(runId),
    isAlive: isHolderAlive,
    report(progress) {
      view.show(progress);
      if (progress.kind === 'note' && progress.level === 'warning') {
        core.warning(note(progress.text));
      }
    },
    input: (name) => core.getInput(name),
    mask(secret) {
      core.setSecret(secret);
      secrets.push(secret);
      redact = createRedactor(secrets).redact;
    },
    output: (name, value) => core.setOutput(name, value),
    annotate: (level, title, text, { file, line } = {}) =>
      core[level](note(text), {
        title: note(title),
        ...(file ? { file: note(file) } : {}),
        ...(line ? { startLine: line } : {}),
      }),
    print: (text) => core.info(say(text)),
    async summarise(markdown) {
      if (!environment.GITHUB_STEP_SUMMARY) return;
      const text = Buffer.from(redact(markdown)).subarray(0, MAX_SUMMARY).toString();
      await core.summary.addRaw(text, true).write();
    },
  };
}
