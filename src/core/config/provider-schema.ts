import { z } from 'zod';
import { vendorIds } from './vendors.ts';

const perMillion = z.number().min(0);

/** US dollars per million tokens. What is not given counts as the dearest documented case, so that the budget never errs low. */
export const price = z
  .strictObject({
    input: perMillion,
    output: perMillion,
    cacheRead: perMillion.optional(),
    cacheWrite: perMillion.optional(),
  })
  .transform((given) => ({
    input: given.input,
    output: given.output,
    cacheRead: given.cacheRead ?? given.input,
    cacheWrite: given.cacheWrite ?? 2 * given.input,
  }));

export const providerName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,39}$/, 'write a lower-case name such as anthropic or local-gpu')
  .refine((name) => name !== 'auto', '“auto” is taken: it lets Tamma choose a provider');

export const environmentName = z
  .string()
  .regex(
    /^[A-Z_][A-Z0-9_]{0,99}$/,
    'write the name of an environment variable such as ANTHROPIC_API_KEY, not a value',
  );

export const modelName = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[\w./:@+-]+$/, 'write the model name as the vendor does');

const baseUrl = z.url({
  protocol: /^https?$/,
  error: 'write a URL that begins with https:// (or http:// for a server of your own)',
});

const federationId = z.string().min(1).max(200);

/** Which of these a vendor takes is in `federation.ts`. */
const federation = z
  .strictObject({
    ruleId: federationId.optional().describe('Anthropic: federation rule (fdrl_…).'),
    organizationId: federationId.optional().describe('Anthropic: organization of the rule.'),
    workspaceId: federationId.optional().describe('Anthropic: workspace, where the rule allows several.'),
    identityProviderId: federationId.optional().describe('OpenAI: workload identity provider.'),
    serviceAccountId: federationId.optional().describe('Service account that the job acts as.'),
    audience: z
      .string()
      .min(1)
      .max(500)
      .regex(/^[\w.:/@-]+$/, 'write the audience as the vendor’s console shows it')
      .optional()
      .describe('Whom the identity token is for, where it is not the vendor’s API.'),
  })
  .describe('Instead of a key: the identity of the CI job (OIDC). Needs `id-token: write`.');

/** One row under `providers`. What it leaves out comes from its vendor. */
export const provider = z.strictObject({
  vendor: z
    .enum(vendorIds)
    .optional()
    .describe('Whose wire this is. Default: the name of the entry, where it is a vendor.'),
  model: modelName.optional().describe('Model name as the vendor writes it.'),
  baseUrl: baseUrl.optional().describe('Endpoint, where it is not the vendor’s own.'),
  apiKeyEnv: environmentName
    .nullable()
    .optional()
    .describe('Environment variable that holds the key; null sends none.'),
  federation: federation.optional(),
  priority: z.int().min(1).max(1000).default(100).describe('Smaller is asked first.'),
  price: price.optional().describe('US dollars per million tokens; overrides the built-in table.'),
  worstCasePrice: price
    .optional()
    .describe('What an unknown model counts as. Without it an unknown price is refused.'),
  maxOutputTokens: z.int().min(256).max(1_000_000).optional().describe('Limit of one answer.'),
  contextTokens: z.int().min(1024).max(100_000_000).optional().describe('Size of the context window.'),
  recording: z
    .string()
    .min(1)
    .max(1024)
    .optional()
    .describe('Recorded session to answer from (vendor recorded only).'),
});

export const stepModel = z.strictObject({
  provider: z.string().min(1).max(40).optional().describe('A name under providers, or auto.'),
  model: modelName.optional().describe('Model of this step.'),
  temperature: z.number().min(0).max(2).optional().describe('Dropped where the vendor does not take it.'),
});
