import { z } from 'zod';

export type ManifestFinding = {
  rule: 'LIFECYCLE_SCRIPT' | 'FOREIGN_DEPENDENCY' | 'NEW_DEPENDENCY' | 'MANIFEST_INVALID';
  name: string;
  reason: string;
};

/** Scripts that npm runs by itself (npm docs, "scripts", life cycle). */
const lifecycle =
  /^(?:pre|post)?(?:install|prepare|publish|pack|version|uninstall)$|^(?:prepublishOnly|dependencies)$/;

const groups = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'] as const;

const texts = z.record(z.string(), z.string()).catch({});
const manifest = z.object({
  scripts: texts,
  dependencies: texts,
  devDependencies: texts,
  optionalDependencies: texts,
  peerDependencies: texts,
});

/** What a person must know of a changed `package.json`. Texts are the file before (null: it is new) and after. */
export function compareManifests(before: string | null, after: string): ManifestFinding[] {
  const old = parseManifest(before ?? '{}');
  const now = parseManifest(after);
  if (!now) return [{ rule: 'MANIFEST_INVALID', name: 'package.json', reason: 'is no JSON object' }];
  const scripts = Object.entries(now.scripts)
    .filter(([name, command]) => lifecycle.test(name) && old?.scripts[name] !== command)
    .map(
      ([name]): ManifestFinding => ({
        rule: 'LIFECYCLE_SCRIPT',
        name,
        reason: `npm runs the script “${name}” by itself`,
      }),
    );
  return [...scripts, ...groups.flatMap((group) => compareGroup(old?.[group] ?? {}, now[group]))];
}

function compareGroup(old: Record<string, string>, now: Record<string, string>): ManifestFinding[] {
  return Object.entries(now)
    .filter(([name, source]) => old[name] !== source)
    .flatMap(([name, source]): ManifestFinding[] => {
      if (isForeignSource(source))
        return [
          {
            rule: 'FOREIGN_DEPENDENCY',
            name,
            reason: `${name} does not come from the registry: ${source.slice(0, 120)}`,
          },
        ];
      return Object.hasOwn(old, name) ? [] : [{ rule: 'NEW_DEPENDENCY', name, reason: `${name} is new` }];
    });
}

/** True for git, URL, tarball, folder and alias sources: everything but a version or range of the registry. */
export function isForeignSource(source: string): boolean {
  const text = source.trim();
  if (/^workspace:/.test(text)) return false;
  return /[:/\\]|\.(?:tgz|tar(?:\.gz)?)$/i.test(text);
}

function parseManifest(text: string): z.infer<typeof manifest> | undefined {
  try {
    return manifest.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
