import { TammaError } from '../core/errors.ts';
import type { Provider } from '../ports/provider.ts';

/**
 * The same provider with one more try where the vendor refuses a token that ended before its time: `drop` makes the next
 * one a new one. A refused request costs nothing.
 */
export function createRenewingProvider(provider: Provider, drop: () => void): Provider {
  return {
    ...provider,
    async chat(request, options) {
      try {
        return await provider.chat(request, options);
      } catch (error) {
        if (!(error instanceof TammaError) || error.code !== 'PROVIDER_AUTH') throw error;
        drop();
        return provider.chat(request, options);
      }
    },
  };
}
