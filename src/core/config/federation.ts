import type { Environment } from './default-providers.ts';
import type { VendorId } from './vendors.ts';

type FederationField = {
  /** The variable that overrides the file. */
  variable: string;
  /** What to write, for who wrote something else. */
  form: RegExp;
  example: string;
  required: boolean;
};

type FederationRow = {
  /** What the identity token is made for, where nobody says otherwise. */
  audience: string;
  audienceVariable: string;
  fields: Readonly<Record<string, FederationField>>;
};

const id = /^[A-Za-z0-9][\w.:-]{0,199}$/;

/**
 * Vendors that take the identity of a CI job in place of a key. Sources: platform.claude.com, "Use WIF with GitHub
 * Actions" (the variables are those of its SDK); developers.openai.com, "Configuring workload identity federation for
 * GitHub Actions" (the variables are ours).
 */
export const federations = {
  anthropic: {
    audience: 'https://api.anthropic.com',
    audienceVariable: 'ANTHROPIC_FEDERATION_AUDIENCE',
    fields: {
      ruleId: { variable: 'ANTHROPIC_FEDERATION_RULE_ID', form: id, example: 'fdrl_…', required: true },
      organizationId: {
        variable: 'ANTHROPIC_ORGANIZATION_ID',
        form: id,
        example: 'its UUID',
        required: true,
      },
      serviceAccountId: {
        variable: 'ANTHROPIC_SERVICE_ACCOUNT_ID',
        form: id,
        example: 'svac_…',
        required: false,
      },
      workspaceId: { variable: 'ANTHROPIC_WORKSPACE_ID', form: id, example: 'wrkspc_…', required: false },
    },
  },
  openai: {
    audience: 'https://api.openai.com/v1',
    audienceVariable: 'OPENAI_FEDERATION_AUDIENCE',
    fields: {
      identityProviderId: {
        variable: 'OPENAI_IDENTITY_PROVIDER_ID',
        form: id,
        example: 'its id',
        required: true,
      },
      serviceAccountId: {
        variable: 'OPENAI_SERVICE_ACCOUNT_ID',
        form: id,
        example: 'its id',
        required: true,
      },
    },
  },
} as const satisfies Partial<Record<VendorId, FederationRow>>;

export type FederatedVendor = keyof typeof federations;

export function isFederatedVendor(vendor: string): vendor is FederatedVendor {
  return Object.hasOwn(federations, vendor);
}

function getRow(vendor: FederatedVendor): FederationRow {
  return federations[vendor];
}

/** What the environment says about a vendor's federation, by key of the configuration, each with its variable. */
export function readFederation(
  vendor: string,
  environment: Environment,
): { key: string; value: string; variable: string }[] {
  if (!isFederatedVendor(vendor)) return [];
  const { fields, audienceVariable } = getRow(vendor);
  const rows = [
    ...Object.entries(fields).map(([key, { variable }]) => ({ key, variable })),
    { key: 'audience', variable: audienceVariable },
  ];
  return rows.flatMap(({ key, variable }) => {
    const value = environment[variable]?.trim();
    return value ? [{ key, value, variable }] : [];
  });
}

/** Whether the environment holds all that a vendor's federation needs. */
export function hasFederation(vendor: FederatedVendor, environment: Environment): boolean {
  const given = readFederation(vendor, environment).map(({ key }) => key);
  return Object.entries(getRow(vendor).fields).every(
    ([key, { required }]) => !required || given.includes(key),
  );
}

/** What is wrong with the `federation` of a vendor's entry; each with the key it is about, empty for the whole. */
export function findFederationFaults(
  vendor: string,
  given: Readonly<Record<string, string | undefined>>,
): { key: string; message: string }[] {
  if (!isFederatedVendor(vendor)) {
    const known = Object.keys(federations).join(', ');
    return [{ key: '', message: `is for ${known}: ${vendor} takes keys only` }];
  }
  const { fields } = getRow(vendor);
  const names = Object.keys(fields).join(', ');
  const foreign = Object.keys(given).filter((key) => key !== 'audience' && !Object.hasOwn(fields, key));
  const missing = Object.entries(fields).filter(([key, { required }]) => required && !given[key]);
  const wrong = Object.entries(fields).filter(([key, { form }]) => given[key] && !form.test(given[key]));
  return [
    ...foreign.map((key) => ({ key, message: `is no key of ${vendor}’s federation: ${names}, audience` })),
    ...missing.map(([key, { example, variable }]) => ({
      key: '',
      message: `needs ${key} (${example}), here or in ${variable}`,
    })),
    ...wrong.map(([key, { example }]) => ({
      key,
      message: `is no id: write ${example} as ${vendor} shows it`,
    })),
  ];
}
