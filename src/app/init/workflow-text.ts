import { type VendorId, vendors } from '../../core/config/vendors.ts';

export type WorkflowKind = 'minimal' | 'hardened';

type WorkflowChoices = {
  kind: WorkflowKind;
  vendor: VendorId;
  /** Names of the workflows whose end is worth hearing; none: those of the example. */
  ciNames: readonly string[];
};

/** Written by `embed-workflows.ts` from `examples/`, since a bundle has no files beside it. */
const readTexts = async () => (await import('./workflows.json', { with: { type: 'json' } })).default;

/** The shipped workflow, for this vendor's key and this project's CI. */
export async function writeWorkflow({ kind, vendor, ciNames }: WorkflowChoices): Promise<string> {
  const { [kind]: lines } = await readTexts();
  return lines
    .join('\n')
    .replaceAll('anthropic-api-key', `${vendor}-api-key`)
    .replaceAll('ANTHROPIC_API_KEY', vendors[vendor].apiKeyEnv ?? 'ANTHROPIC_API_KEY')
    .replace(/^( +workflows: )(\[[^\]]*\])/m, (_line, start: string, shipped: string) =>
      ciNames.length > 0 ? `${start}[${ciNames.map(toYaml).join(', ')}]` : start + shipped,
    );
}

/** Plain where YAML takes it so, in quotes otherwise: double-quoted YAML is JSON. */
function toYaml(name: string): string {
  return /^[A-Za-z][\w .-]*$/.test(name) ? name : JSON.stringify(name);
}
