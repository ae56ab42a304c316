import { federations, isFederatedVendor } from '../../core/config/federation.ts';
import type { Config, ProviderConfig } from '../../core/config/schema.ts';
import { resolveStepModel, type StepModel } from '../../core/config/step-model.ts';
import { TammaError } from '../../core/errors.ts';
import type { StepId } from '../../core/loop.ts';
import type { ProviderDescription } from '../../providers/describe-providers.ts';
import type { Environment } from '../compose.ts';
import { findLocalModel } from './local-model.ts';
import { isOwnMachine } from './own-machine.ts';

/** Where a model may come from: everything the rungs look at. */
export type Landscape = {
  config: Config;
  /** Dotted path of the configuration → where its value comes from (`ParsedConfig.sources`). */
  sources: Readonly<Record<string, string>>;
  environment: Environment;
  /** Every provider there is, in the order in which they are asked (`describeProviders`). */
  providers: readonly ProviderDescription[];
  /** Asks servers on this machine or at TAMMA_BASE_URL what they have. */
  fetch: typeof fetch;
};

/** A provider to use: by the name it has in the configuration, or as a row of its own. */
export type ModelAccess = { rung: RungId; name: string; entry?: ProviderConfig };

type Look = ModelAccess | { reason: string };
export type RungId = 'configuration' | 'key' | 'identity' | 'copilot' | 'local';

export type Rung = {
  id: RungId;
  title: string;
  /** The first provider this rung offers, or why it offers none. */
  look(landscape: Landscape, wanted: StepModel): Look | Promise<Look>;
  /** Lines of a workflow or of the configuration that make it work; empty where nothing does in this version. */
  fix: readonly string[];
};

/** Asked from top to bottom; who names a provider has chosen, and nothing below is asked. The last rung is to stop. */
export const ladder: readonly Rung[] = [
  {
    id: 'configuration',
    title: 'A provider of your own in .tamma/config.yml',
    look: lookAtConfiguration,
    fix: [
      'providers:',
      '  mine: { vendor: openai-compatible, baseUrl: https://…/v1, model: …, apiKeyEnv: MY_KEY }',
      'agent: { provider: mine }',
    ],
  },
  {
    id: 'key',
    title: 'A key of a vendor',
    look: ({ providers }) => {
      const found = providers.find(({ key, available }) => key === 'present' && available);
      if (found) return { rung: 'key', name: found.name };
      const variables = providers.flatMap(({ key, keyVariables }) =>
        key === 'missing' ? (keyVariables[0] ?? []) : [],
      );
      return { reason: `no key is set (${[...new Set(variables)].join(', ')})` };
    },
    fix: [
      '- uses: tamma/action@v1',
      '  with:',
      '    anthropic-api-key: ${{ secrets.ANTHROPIC_API_KEY }}  # or openai-, gemini-, openrouter-, zai-api-key',
    ],
  },
  {
    id: 'identity',
    title: 'No key: the identity of the job (OIDC), for Anthropic and OpenAI',
    look: ({ providers }) => {
      const federated = providers.filter(({ key }) => key === 'federated');
      const found = federated.find(({ available }) => available);
      if (found) return { rung: 'identity', name: found.name };
      const [first] = federated;
      return { reason: first ? `${first.name} ${first.reason}` : 'no federation rule is named' };
    },
    fix: [
      'permissions: { contents: write, id-token: write }  # of the job, beside what it has',
      'with: { anthropic-federation-rule-id: fdrl_…, anthropic-organization-id: … }',
      '# or  { openai-identity-provider-id: …, openai-service-account-id: … }; docs/credentials.md shows the rules',
    ],
  },
  {
    id: 'copilot',
    title: 'GitHub Copilot with `copilot-requests: write`',
    // Its row among the vendors says why.
    look: () => ({ reason: 'GitHub Copilot cannot be used by this version' }),
    fix: [],
  },
  {
    id: 'local',
    title: 'A model on a machine of your own',
    look: async ({ environment, fetch }, { model }) => {
      const found = await findLocalModel({ environment, model, fetch });
      return 'reason' in found ? found : { rung: 'local', name: 'local', entry: found };
    },
    fix: [
      'runs-on: self-hosted  # with Ollama on it, which is found by itself; or any server that speaks OpenAI’s API:',
      'env:',
      '  TAMMA_BASE_URL: http://127.0.0.1:8000/v1',
    ],
  },
];

/**
 * The first rung that holds for a step, with the model it asks for by name. Throws KEY_MISSING with what each of them
 * lacks.
 */
export async function climbLadder(
  landscape: Landscape,
  stepId: StepId,
): Promise<ModelAccess & { model: string | undefined }> {
  const wanted = findWanted(landscape, stepId);
  const lacks: string[] = [];
  for (const { look } of ladder) {
    const found = await look(landscape, wanted);
    if (!('reason' in found)) return { ...found, model: wanted.model };
    lacks.push(found.reason);
  }
  throw new TammaError('KEY_MISSING', `no model can be used: ${lacks.filter((lack) => lack).join('; ')}`, {
    help: 'Set ANTHROPIC_API_KEY or the key of another vendor; docs/credentials.md has the ways without a key.',
  });
}

/** A provider that is there only because the environment made it possible was not asked for by anybody. */
function findWanted({ config, sources }: Landscape, stepId: StepId): StepModel {
  const wanted = resolveStepModel(config, stepId);
  const { provider, model, steps } = config.agent;
  const isNamed = sources['agent.provider'] !== undefined || wanted.provider !== provider;
  if (isNamed || !isImplied(sources, wanted.provider)) return wanted;
  return { ...wanted, provider: 'auto', model: steps[stepId]?.model ?? model };
}

function isImplied(sources: Landscape['sources'], name: string): boolean {
  return sources[`providers.${name}`]?.startsWith('environment') ?? false;
}

/** What a file names is used, or missed by its name; what the environment only made possible is for the rungs below. */
function lookAtConfiguration({ config, sources, providers }: Landscape, { provider }: StepModel): Look {
  if (provider !== 'auto') return { rung: 'configuration', name: provider };
  const own = providers.filter(
    ({ name, vendor }) =>
      vendor !== 'recorded' && Object.hasOwn(config.providers, name) && !isImplied(sources, name),
  );
  const found = own.find(({ available }) => available);
  if (found) return { rung: 'configuration', name: found.name };
  if (own.length === 0) return { reason: '' };
  const lacks = own.map(({ name, reason }) => `${name}: ${reason}`).join('; ');
  throw new TammaError('KEY_MISSING', `no provider of the configuration can be used: ${lacks}`);
}

type Paid = { name: string; entry: ProviderConfig; model: string; variable: string | undefined };

/** `using … paid by …`, with nothing of a secret in it. `variable`: the one the key was found in. */
export function describeAccess({ name, entry, model, variable }: Paid): string {
  const { vendor } = entry;
  const who = name === vendor ? name : `${name} (${vendor})`;
  return `using ${who} ${model}, paid by ${describePayer(entry, variable)}`;
}

function describePayer(entry: ProviderConfig, variable: string | undefined): string {
  const { vendor, federation, baseUrl } = entry;
  if (variable) return `the account of ${variable}`;
  if (federation && isFederatedVendor(vendor)) {
    const [key = ''] = Object.keys(federations[vendor].fields);
    return `the organization that trusts this job (${key} ${federation[key]}, no key)`;
  }
  const host = baseUrl ? new URL(baseUrl).host : '';
  return isOwnMachine(baseUrl)
    ? `nobody: it runs on this machine (${host})`
    : `whoever runs ${host} (no key)`;
}
