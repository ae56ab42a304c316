import type { Palette } from '../../../lib/palette.ts';
import { describeProviders, type ProviderDescription } from '../../../providers/describe-providers.ts';
import type { Command } from '../command.ts';

export const providersCommand: Command = async ({ clock, environment, palette, runtime }) => {
  const { config } = await runtime();
  const providers = describeProviders({ providers: config.providers, environment, now: clock.now() });
  return {
    json: { used: config.agent.provider, providers },
    text: providers.map((provider) => describe(provider, config.agent.provider, palette)).join('\n'),
  };
};

function describe(provider: ProviderDescription, used: string, palette: Palette): string {
  const { name, vendor, model, key, price, available, reason } = provider;
  const mark = available ? palette.green('✓') : palette.dim('·');
  const facts = available ? `${model ?? ''} · price ${price} · key ${key}` : reason;
  const kind = name === vendor ? '' : ` (${vendor})`;
  return `${mark} ${`${name}${kind}`.padEnd(24)} ${palette.dim(facts)}${name === used ? palette.cyan('  ← used') : ''}`;
}
