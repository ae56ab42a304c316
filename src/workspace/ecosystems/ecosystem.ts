import type { ProjectCommands } from '../../core/commands.ts';

/** The files of a commit, as detection sees them. */
export type ProjectFiles = {
  paths: readonly string[];
  has(path: string): boolean;
  /** Empty where there is no such file. */
  read(path: string): Promise<string>;
};

/** What one kind of project says of itself; a command it does not name is left to others. */
export type Detection = {
  /** For people: `Node.js with npm`. */
  project: string;
  commands: Partial<Record<keyof ProjectCommands, string | undefined>>;
  coverageReports: readonly string[];
};

/** Undefined where the project is of another kind. */
export type Ecosystem = (files: ProjectFiles) => Detection | undefined | Promise<Detection | undefined>;

/** The first of these files that is there. */
export function findFirst(files: ProjectFiles, paths: readonly string[]): string | undefined {
  return paths.find((path) => files.has(path));
}

export function someFile(files: ProjectFiles, pattern: RegExp): boolean {
  return files.paths.some((path) => pattern.test(path));
}
