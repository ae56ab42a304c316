import type { ProjectCommands } from '../core/commands.ts';
import type { DetectedCommands } from '../ports/step.ts';
import { detectGo, detectGradle, detectMaven, detectRust } from './ecosystems/compiled.ts';
import type { Detection, Ecosystem, ProjectFiles } from './ecosystems/ecosystem.ts';
import { detectMake } from './ecosystems/make.ts';
import { detectNode } from './ecosystems/node.ts';
import { detectPython } from './ecosystems/python.ts';

/** In the order of precedence: the first one names the project, later ones fill what it does not know. */
const ecosystems: readonly Ecosystem[] = [
  detectNode,
  detectPython,
  detectGo,
  detectRust,
  detectMaven,
  detectGradle,
];

const NAMES = [
  'install',
  'build',
  'test',
  'lint',
  'coverage',
] as const satisfies readonly (keyof ProjectCommands)[];

export type CommandDetection = DetectedCommands & {
  /** Where each command comes from, for people. */
  reasons: readonly string[];
};

/**
 * The commands of a project, told from the files at its root, with `overrides` of the configuration on top; null there
 * means detected. `readText` gives the text of one of `paths`.
 */
export async function detectCommands(
  paths: readonly string[],
  readText: (path: string) => Promise<string>,
  overrides: Partial<ProjectCommands> = {},
): Promise<CommandDetection> {
  const known = new Set(paths);
  const files: ProjectFiles = {
    paths,
    has: (path) => known.has(path),
    read: (path) => (known.has(path) ? readText(path) : Promise.resolve('')),
  };
  const kinds = (await Promise.all(ecosystems.map((detect) => detect(files)))).filter(
    (kind) => kind !== undefined,
  );
  const main = kinds[0];
  const make = await detectMake(files);
  const sources = [main, make].filter((source) => source !== undefined);
  return merge(sources, overrides);
}

function merge(sources: readonly Detection[], overrides: Partial<ProjectCommands>): CommandDetection {
  const commands: ProjectCommands = { install: null, build: null, test: null, lint: null, coverage: null };
  const reasons: string[] = [];
  for (const name of NAMES) {
    const source = sources.find((candidate) => candidate.commands[name] !== undefined);
    const command = overrides[name] ?? source?.commands[name];
    commands[name] = command ?? null;
    const origin = overrides[name] ? 'from the configuration' : `as a project of ${source?.project} has it`;
    reasons.push(command ? `${name}: \`${command}\`, ${origin}` : `${name}: none was found`);
  }
  return {
    commands,
    project: sources[0]?.project ?? 'unknown',
    coverageReports: [...new Set(sources.flatMap((source) => source.coverageReports))],
    reasons,
  };
}
