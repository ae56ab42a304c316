import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

type Package = { name: string; version: string; license: string; notices: string[] };

const noticeFile = /^(licen[cs]e|notice|copying)([.-].*)?$/i;

/** The licence notices of every package that one of the bundled modules comes from. */
export function describeLicenses(moduleIds: string[]): string {
  const folders = new Set(moduleIds.map(findPackageFolder).filter((folder) => folder !== undefined));
  const sections = [...folders].map(readPackage).sort(byNameAndVersion).map(describePackage);
  const intro = 'Tamma is licensed under Apache-2.0. Its bundled files contain code of the packages below.\n';
  return [intro, ...sections].join(`\n${'-'.repeat(80)}\n`);
}

function findPackageFolder(moduleId: string): string | undefined {
  if (!moduleId.includes('/node_modules/')) return undefined;
  // Packages put nameless package.json files into folders such as dist/esm to switch the module type.
  for (let folder = dirname(moduleId); !folder.endsWith('/node_modules'); folder = dirname(folder)) {
    const manifest = join(folder, 'package.json');
    if (existsSync(manifest) && readManifest(folder).name !== undefined) return folder;
  }
  throw new Error(`No package.json with a name above ${moduleId}`);
}

function readManifest(folder: string): Partial<Omit<Package, 'notices'>> {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
}

function readPackage(folder: string): Package {
  const { name, version, license } = readManifest(folder);
  if (!name || !version || !license) throw new Error(`${folder} does not say its name, version and licence.`);
  const notices = readdirSync(folder)
    .filter((file) => noticeFile.test(file))
    .sort()
    .map((file) => readFileSync(join(folder, file), 'utf8').replaceAll('\r\n', '\n').trim());
  return { name, version, license, notices };
}

function byNameAndVersion(a: Package, b: Package): number {
  const [left, right] = [`${a.name}@${a.version}`, `${b.name}@${b.version}`];
  return left < right ? -1 : Number(left > right);
}

function describePackage({ name, version, license, notices }: Package): string {
  const text = notices.length > 0 ? notices.join('\n\n') : 'The package ships no licence text.';
  return `${name} ${version} (${license})\n\n${text}\n`;
}
