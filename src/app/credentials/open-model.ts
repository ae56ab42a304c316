import { readFile } from 'node:fs/promises';
import type { Config, ProviderConfig } from '../../core/config/schema.ts';
import type { StepId } from '../../core/loop.ts';
import type { Provider } from '../../ports/provider.ts';
import type { ComposeOptions } from '../compose.ts';
import type { OpenExchange } from './open-federation.ts';

type ModelParts = {
  config: Config;
  sources: Readonly<Record<string, string>>;
  options: Pick<ComposeOptions, 'environment' | 'recording' | 'clock'>;
  roots: readonly string[];
  exchange: OpenExchange | undefined;
  /** Told who pays. */
  onAccess(text: string): void;
};

/** The provider of a step: the recording, or where the ladder leads. Throws what `climbLadder` and `createProvider` throw. */
export async function openModel(
  stepId: StepId,
  { config, sources, options, roots, exchange, onAccess }: ModelParts,
): Promise<Provider> {
  const { environment, recording, clock } = options;
  const { createProvider, getEntry } = await import('../../providers/index.ts');
  const common = {
    environment,
    now: () => clock.now(),
    readText: (path: string) => readFile(path, 'utf8'),
    roots,
    exchange,
  };
  if (recording) return createProvider({ ...common, name: 'recorded', entry: toRecordedEntry(recording) });
  const [{ climbLadder, describeAccess }, { describeProviders }, { findKeyVariable }] = await Promise.all([
    import('./ladder.ts'),
    import('../../providers/describe-providers.ts'),
    import('../../providers/credentials.ts'),
  ]);
  const hasIdentity = exchange !== undefined;
  const providers = describeProviders({ ...config, environment, now: clock.now(), hasIdentity });
  const landscape = { config, sources, environment, providers, fetch };
  const found = await climbLadder(landscape, stepId);
  const { name, entry = getEntry(config.providers, name) } = found;
  const model = found.model ?? entry.model;
  const provider = await createProvider({ ...common, name, entry, model });
  const variable = findKeyVariable(entry, environment);
  if (entry.vendor !== 'recorded') onAccess(describeAccess({ name, entry, model, variable }));
  return provider;
}

function toRecordedEntry(recording: string): ProviderConfig {
  const nothing = { baseUrl: null, apiKeyEnv: null, priority: 1 };
  return { vendor: 'recorded', model: 'recorded', ...nothing, recording };
}
