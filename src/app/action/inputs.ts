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
    description:
      'What to do: auto, orchestrate, step, events, report or doctor. `auto` works on `issue` where one is given, and on what comes next otherwise.',
    default: 'auto',
    choices: ['auto', 'orchestrate', 'step', 'events', 'report', 'doctor'],
  },
  issue: { description: 'Number of the issue to work on.' },
  phase: {
    description:
      'Which part of a step this job does: `all`, or one of gate, work, verify and publish in the hardened workflow.',
    default: 'all',
    choices: ['all', 'gate', 'work', 'verify', 'publish'],
  },
  needs: {
    description: 'The jobs before this one as `toJSON(needs)` tells them, for the phases after the gate.',
  },
  'steps-per-run': {
    description: 'Whether a run takes one step, or goes on until somebody is needed.',
    default: 'one',
    choices: ['one', 'until-wait'],
  },
  chain: {
    description:
      'How the next step is started: `dispatch` starts this workflow again, `matrix` only lists issues in the output `issues`, `none` leaves it to the schedule.',
    default: 'dispatch',
    choices: ['dispatch', 'matrix', 'none'],
  },
  'time-limit': {
    description:
      'Minutes that this job may take. Shortly before, the work is saved and goes on in another run.',
    default: '350',
  },
  mode: {
    description: 'How much a person is asked: dev or business. Overrides the configuration.',
    choices: ['dev', 'business'],
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
  'anthropic-federation-rule-id': {
    description:
      'Instead of a key for Anthropic: federation rule that trusts this job (needs `id-token: write`).',
    variable: 'ANTHROPIC_FEDERATION_RULE_ID',
  },
  'anthropic-organization-id': {
    description: 'Organization of the federation rule.',
    variable: 'ANTHROPIC_ORGANIZATION_ID',
  },
  'anthropic-service-account-id': {
    description: 'Service account of the federation rule.',
    variable: 'ANTHROPIC_SERVICE_ACCOUNT_ID',
  },
  'anthropic-workspace-id': {
    description: 'Workspace to bill, where the federation rule allows several.',
    variable: 'ANTHROPIC_WORKSPACE_ID',
  },
  'openai-identity-provider-id': {
    description:
      'Instead of a key for OpenAI: workload identity provider that trusts this job (needs `id-token: write`).',
    variable: 'OPENAI_IDENTITY_PROVIDER_ID',
  },
  'openai-service-account-id': {
    description: 'Service account of the workload identity provider.',
    variable: 'OPENAI_SERVICE_ACCOUNT_ID',
  },
  'openai-audience': {
    description: 'Audience that the workload identity provider asks for.',
    variable: 'OPENAI_FEDERATION_AUDIENCE',
  },
  remote: {
    description:
      'Remote that holds the log, the branches and the issues under .tamma/issues; `none` keeps all in the checkout.',
    default: 'origin',
  },
  platform: {
    description: 'What the remote is: github or plain-git, with issues in files. By default its host tells.',
    choices: ['auto', 'github', 'plain-git'],
    variable: 'TAMMA_PLATFORM',
  },
  'github-token': {
    description: 'Token to fetch from and push to this repository. It is sent to no other host.',
    default: '${{ github.token }}',
    secret: true,
  },
  'app-id': {
    description:
      'Number or client id of a GitHub App to work as instead: the checks of its pull requests run without anybody’s approval.',
    variable: 'TAMMA_APP_ID',
  },
  'app-private-key': {
    description: 'Private key of the GitHub App, as PEM or in base64.',
    variable: 'TAMMA_APP_PRIVATE_KEY',
    secret: true,
  },
  'database-url': {
    description: 'Database of the log, where the configuration says `events.store: postgres`.',
    variable: 'DATABASE_URL',
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
  phase: 'all' | 'gate' | 'work' | 'verify' | 'publish';
  /** JSON, not looked into yet. */
  needs: string;
  untilWait: boolean;
  chain: 'dispatch' | 'matrix' | 'none';
  timeLimitMinutes: number;
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
    // Without a default an empty one is none.
    return choices && value !== '' && !choices.includes(value)
      ? [`${name} must be ${choices.join(' or ')}, not “${value.slice(0, 40)}”`]
      : [];
  });
  if (values.issue !== '' && !/^#?[1-9]\d{0,9}$/.test(values.issue)) {
    problems.push(`issue must be a number, not “${values.issue.slice(0, 40)}”`);
  }
  if (!/^[1-9]\d{0,4}$/.test(values['time-limit'])) {
    problems.push(`time-limit must be a number of minutes, not “${values['time-limit'].slice(0, 40)}”`);
  }
  if (values.command === 'step' && values.issue === '') problems.push('command step needs an issue');
  if (values.phase !== 'all' && (values['steps-per-run'] === 'until-wait' || values['dry-run'] === 'true')) {
    problems.push(`phase ${values.phase.slice(0, 40)} takes one step, and no dry run`);
  }
  if (problems.length > 0) {
    throw new TammaError('USAGE', problems.join('; '), {
      help: 'Mend the inputs under `with:` in the workflow.',
    });
  }
  return {
    command: values.command as ActionInputs['command'],
    issue: values.issue === '' ? null : Number(values.issue.replace('#', '')),
    phase: values.phase as ActionInputs['phase'],
    needs: values.needs,
    untilWait: values['steps-per-run'] === 'until-wait',
    chain: values.chain as ActionInputs['chain'],
    timeLimitMinutes: Number(values['time-limit']),
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
