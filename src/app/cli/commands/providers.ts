import { toTammaError } from '../../../core/errors.ts';
import { hasIdTokens } from '../../../hosts/id-token.ts';
import type { Palette } from '../../../lib/palette.ts';
import { describeProviders, type ProviderDescription } from '../../../providers/describe-providers.ts';
import type { Command } from '../command.ts';

export const providersCommand: Command = async ({ clock, environment, palette, runtime }) => {
  const { config, provider, paidBy } = await runtime();
  const providers = describeProviders({
    ...{ providers: config.providers, environment, now: clock.now() },
    hasIdentity: hasIdTokens(environment),
  });
  const used = await provider('CODE_GENERATION').then(
    ({ name }) => ({ name, text: paidBy().join('\n') }),
    (error: unknown) => ({ name: config.agent.provider, text: toTammaError(error).message }),
  );
  const rows = providers.map((row) => describe(row, used.name, palette));
  return {
    json: { used: used.name, paidBy: paidBy(), providers },
    text: [...rows, '', used.text].join('\n'),
  };
};

function describe(provider: ProviderDescription, used: string, palette: Palette): string {
  const { name, vendor, model, key, price, available, reason } = provider;
  const mark = available ? palette.green('✓') : palette.dim('·');
  const facts = available ? `${model ?? ''} · price ${price} · key ${key}` : reason;
  const kind = name === vendor ? '' : ` (${vendor})`;
  return `${mark} ${`${name}${kind}`.padEnd(24)} ${palette.dim(facts)}${name === used ? palette.cyan('  ← used') : ''}`;
}
