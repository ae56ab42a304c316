import { type Detection, findFirst, type ProjectFiles } from './ecosystem.ts';

/** make(1) looks for these names in this order. */
const NAMES = ['GNUmakefile', 'makefile', 'Makefile'];

/** Any project may have a Makefile: it fills what nobody else knows. */
export async function detectMake(files: ProjectFiles): Promise<Detection | undefined> {
  const name = findFirst(files, NAMES);
  if (!name) return undefined;
  const targets = listTargets(await files.read(name));
  const find = (wanted: readonly string[]) => {
    const target = wanted.find((candidate) => targets.has(candidate));
    return target && `make ${target}`;
  };
  return {
    project: 'make',
    commands: {
      build: find(['build', 'all']),
      test: find(['test', 'tests', 'check']),
      lint: find(['lint']),
      coverage: find(['coverage', 'cover']),
    },
    coverageReports: ['coverage/lcov.info', 'lcov.info', 'coverage.info', 'coverage.xml'],
  };
}

/** Rules with a plain name; `name :=` sets a variable. */
function listTargets(text: string): Set<string> {
  return new Set([...text.matchAll(/^([A-Za-z0-9_.-]+)[ \t]*::?(?!=)/gm)].flatMap((match) => match[1] ?? []));
}
