import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { interpolateText, type Scope } from './expressions.ts';
import { type InProcess, type Machine, runProcess, type StepResult } from './step-process.ts';

type Definition = {
  inputs?: Readonly<Record<string, { default?: unknown } | null>>;
  runs: { using: string; main: string; pre?: string; post?: string };
};

export type ActionStep = {
  name: string;
  directory: string;
  inputs: Readonly<Record<string, string>>;
  environment: Readonly<Record<string, string>>;
  node: string;
  inProcess?: InProcess | undefined;
};

/** A `runs.using: node*` action as the runner starts it: pre, main, and post at the end of the job. */
export async function runJavascriptAction(
  machine: Machine,
  step: ActionStep,
  scope: Scope,
): Promise<{ result: StepResult; post: (() => Promise<StepResult>) | undefined }> {
  const definition = parse(await readFile(join(step.directory, 'action.yml'), 'utf8')) as Definition;
  const { using, pre, main, post } = definition.runs;
  if (!using.startsWith('node')) throw new Error(`the forge cannot run actions that use ${using}`);
  const inputs = toInputs(definition, step.inputs, scope);
  const state: Record<string, string> = {};
  const start = async (stage: string, script: string) => {
    const saved = Object.entries(state).map(([name, value]) => [`STATE_${name}`, value]);
    const result = await runProcess(machine, {
      name: `${step.name}${stage}`,
      program: step.node,
      args: [join(step.directory, script)],
      directory: machine.workspace,
      inProcess: step.inProcess,
      environment: {
        ...step.environment,
        ...inputs,
        ...Object.fromEntries(saved),
        GITHUB_ACTION_PATH: step.directory,
      },
    });
    Object.assign(state, result.state);
    return result;
  };
  const prepared = pre === undefined ? undefined : await start(' (pre)', pre);
  const result = prepared && prepared.code !== 0 ? prepared : await start('', main);
  return { result, post: post === undefined ? undefined : () => start(' (post)', post) };
}

/** Inputs as the runner passes them: defaults evaluated, upper case, blanks as `_`, hyphens kept. */
function toInputs(definition: Definition, given: Readonly<Record<string, string>>, scope: Scope) {
  const defaults = Object.entries(definition.inputs ?? {}).map(([name, input]) => [
    name,
    interpolateText(input?.default, scope),
  ]);
  const all: Record<string, string> = { ...Object.fromEntries(defaults), ...given };
  return Object.fromEntries(
    Object.entries(all).map(([name, value]) => [`INPUT_${name.replaceAll(' ', '_').toUpperCase()}`, value]),
  );
}
