import type { Finding } from '../core/events/parts.ts';
import type { TextChange } from './whole-change.ts';

/** The public registries. A host that the base's lockfile used already is fine too. */
const REGISTRIES = new Set([
  'registry.npmjs.org',
  'registry.yarnpkg.com',
  'npm.pkg.github.com',
  'npm.jsr.io',
]);

type Entry = { name: string; source: string; isVerified: boolean };

/** How each lockfile writes where a package comes from and what it must hash to. */
const readers: Readonly<Record<string, (text: string) => Entry[]>> = {
  'package-lock.json': readPackageLock,
  'npm-shrinkwrap.json': readPackageLock,
  'yarn.lock': readYarnLock,
  'pnpm-lock.yaml': readPnpmLock,
  'Cargo.lock': readCargoLock,
};

/** Entries that this change brings into a lockfile and that come from a foreign host, or without a checksum. */
export function listLockedSources({ path, oldText, newText }: TextChange): Finding[] {
  const read = readers[path.slice(path.lastIndexOf('/') + 1)];
  if (!read || newText === null) return [];
  const before = read(oldText ?? '');
  const known = new Set(before.map(toKey));
  const hosts = new Set([...REGISTRIES, ...before.map(({ source }) => hostOf(source))]);
  return read(newText)
    .filter((entry) => !known.has(toKey(entry)))
    .flatMap((entry) => judgeEntry(entry, hosts, path));
}

function judgeEntry(
  { name, source, isVerified }: Entry,
  hosts: ReadonlySet<string>,
  path: string,
): Finding[] {
  const isForeign = !/^https:/.test(source) || !hosts.has(hostOf(source));
  if (isForeign) {
    const message = `${name} is locked to ${source.slice(0, 200)}, which is no registry used before`;
    return [{ severity: 'critical', rule: 'lockfile-source', path, message }];
  }
  if (isVerified) return [];
  return [
    { severity: 'major', rule: 'lockfile-integrity', path, message: `${name} is locked without a checksum` },
  ];
}

function readPackageLock(text: string): Entry[] {
  const { packages = {} } = parseJson(text) as { packages?: Record<string, Record<string, unknown>> };
  return Object.entries(packages).flatMap(([name, entry]) => {
    const source = entry?.resolved;
    // Links to folders of a workspace are the project's own.
    if (typeof source !== 'string' || entry.link === true) return [];
    return [
      {
        name: name.replace(/^.*node_modules\//, ''),
        source,
        isVerified: typeof entry.integrity === 'string',
      },
    ];
  });
}

function readYarnLock(text: string): Entry[] {
  const blocks = text.split(/\r?\n(?=\S)/);
  return blocks.flatMap((block) => {
    const source = /^ {2}resolved "([^"]+)"/m.exec(block)?.[1];
    const name = /^"?(@?[^@"\s]+)@/.exec(block)?.[1] ?? 'a package';
    if (source)
      return [
        { name, source, isVerified: /^ {2}integrity \S/m.test(block) || /#[0-9a-f]{40}$/.test(source) },
      ];
    const berry = /^ {2}resolution: "(?:@?[^@"]+)@(?!npm:|workspace:|patch:)([^"]+)"/m.exec(block)?.[1];
    return berry ? [{ name, source: berry, isVerified: true }] : [];
  });
}

function readPnpmLock(text: string): Entry[] {
  return [...text.matchAll(/^ {2}'?(\S.*?)'?:\r?\n {4}resolution: \{(.*)\}/gm)].flatMap(
    ([, name = '', body = '']) => {
      const source = /\b(?:tarball|repo): '?([^,'}]+)/.exec(body)?.[1];
      return source ? [{ name, source, isVerified: body.includes('integrity:') }] : [];
    },
  );
}

function readCargoLock(text: string): Entry[] {
  return text.split('[[package]]').flatMap((block) => {
    const name = /^name = "(.+)"$/m.exec(block)?.[1];
    const source = /^source = "(.+)"$/m.exec(block)?.[1];
    const isRegistry =
      source === undefined ||
      /^(?:registry\+https:\/\/github\.com\/rust-lang\/crates\.io-index|sparse\+https:\/\/index\.crates\.io\/)/.test(
        source,
      );
    return name && !isRegistry ? [{ name, source, isVerified: true }] : [];
  });
}

function toKey({ name, source }: Entry): string {
  return `${name} ${source}`;
}

function hostOf(source: string): string {
  return URL.canParse(source) ? new URL(source).host : '';
}

function parseJson(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}
