import { TammaError } from '../../core/errors.ts';

type InputRow = {
  description: string;
  default?: string;
  choices?: readonly string[];
  /** The variable it sets for this run. */
  variable?: string;
  secret?: boolean;
};

const onOff = ['true', 'false'] as const;

/** The inputs of `action.yml`, one row each; a test keeps both in agreement. What is not here, this version cannot do. */
export const inputRows = {
  command: {
    description: 'What to do. `auto` works on `issue` where one is given, and on what comes next otherwise.',
    default: 'auto',
    choices: ['auto', 'orchestrate', 'step', 'events', 'report', 'doctor'],
  },
  issue: { description: 'Number of the issue to work on.' },
  'steps-per-run': {
    description: 'Whether a run takes one step, or goes on until somebody is needed.',
    default: 'one',
    choices: ['one', 'until-wait'],
  },
  mode: {
    description: 'How much a person is asked: dev or business. Overrides the configuration.',
    variable: 'TAMMA_MODE',
  },
  config: { description: 'Configuration file to read instead of .tamma/config.yml of the default branch.' },
  provider: {
    description: 'Provider of the model, by its name in the configuration.',
    variable: 'TAMMA_AI_PROVIDER',
  },
  model: { description: 'Model to use.', variable: 'TAMMA_AI_MODEL' },
  'base-url': {
    description: 'Endpoint of the provider, where it is not the vendor’s own.',
    variable: 'TAMMA_AI_BASE_URL',
  },
  'anthropic-api-key': { description: 'Key for Anthropic.', variable: 'ANTHROPIC_API_KEY', secret: true },
  'openai-api-key': { description: 'Key for OpenAI.', variable: 'OPENAI_API_KEY', secret: true },
  'gemini-api-key': { description: 'Key for Gemini.', variable: 'GEMINI_API_KEY', secret: true },
  'openrouter-api-key': { description: 'Key for OpenRouter.', variable: 'OPENROUTER_API_KEY', secret: true },
  'zai-api-key': { description: 'Key for z.ai.', variable: 'ZAI_API_KEY', secret: true },
  remote: {
    description:
      'Remote that holds the log, the branches and the issues under .tamma/issues; `none` keeps all in the checkout.',
    default: 'origin',
  },
  'github-token': {
    description: 'Token to fetch from and push to this repository. It is sent to no other host.',
    default: '${{ github.token }}',
    secret: true,
  },
  'dry-run': { description: 'Work, but write nothing.', default: 'false', choices: onOff },
  sandbox: {
    description: 'Whether commands may run where there is no sandbox: required or best-effort.',
    default: 'required',
    choices: ['required', 'best-effort'],
  },
  'fail-on-escalation': {
    description: 'Whether the job fails where an issue needs a person.',
    default: 'false',
    choices: onOff,
  },
} as const satisfies Record<string, InputRow>;

export type InputName = keyof typeof inputRows;

export type ActionInputs = {
  command: 'auto' | 'orchestrate' | 'step' | 'events' | 'report' | 'doctor';
  issue: number | null;
  untilWait: boolean;
  config: string;
  remote: string;
  token: string;
  dryRun: boolean;
  sandbox: 'required' | 'best-effort';
  failOnEscalation: boolean;
  /** Variables that inputs set for this run; empty inputs set none. */
  variables: Readonly<Record<string, string>>;
};

/** The inputs, checked: every mistake in one USAGE. `read` answers with an empty text where an input was not given. */
export function readInputs(read: (name: InputName) => string): ActionInputs {
  const values = Object.fromEntries(
    Object.entries(inputRows).map(([name, row]: [string, InputRow]) => [
      name,
      read(name as InputName) || defaultOf(row),
    ]),
  ) as Record<InputName, string>;
  const problems = Object.entries(inputRows).flatMap(([name, { choices }]: [string, InputRow]) => {
    const value = values[name as InputName];
    return choices && !choices.includes(value)
      ? [`${name} must be ${choices.join(' or ')}, not “${value.slice(0, 40)}”`]
      : [];
  });
  if (values.issue !== '' && !/^#?[1-9]\d{0,9}$/.test(values.issue)) {
    problems.push(`issue must be a number, not “${values.issue.slice(0, 40)}”`);
  }
  if (values.command === 'step' && values.issue === '') problems.push('command step needs an issue');
  if (problems.length > 0) {
    throw new TammaError('USAGE', problems.join('; '), {
      help: 'Mend the inputs under `with:` in the workflow.',
    });
  }
  return {
    command: values.command as ActionInputs['command'],
    issue: values.issue === '' ? null : Number(values.issue.replace('#', '')),
    untilWait: values['steps-per-run'] === 'until-wait',
    config: values.config,
    remote: values.remote,
    token: values['github-token'],
    dryRun: values['dry-run'] === 'true',
    sandbox: values.sandbox as ActionInputs['sandbox'],
    failOnEscalation: values['fail-on-escalation'] === 'true',
    variables: toVariables(values),
  };
}

/** Defaults that are expressions are the runner's to fill in. */
function defaultOf({ default: value = '' }: InputRow): string {
  return value.includes('${{') ? '' : value;
}

function toVariables(values: Record<InputName, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(inputRows).flatMap(([name, { variable }]: [string, InputRow]) => {
      const value = values[name as InputName];
      return variable && value ? [[variable, value]] : [];
    }),
  );
}

/** Names of the inputs whose values must never be shown. */
export const secretInputs = Object.entries(inputRows).flatMap(([name, row]: [string, InputRow]) =>
  row.secret ? [name as InputName] : [],
);
