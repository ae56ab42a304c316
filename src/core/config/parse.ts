import { digestOf } from '../digest.ts';
import { TammaError } from '../errors.ts';
import { checkCombinations } from './combinations.ts';
import { findCredentials } from './credentials.ts';
import type { Environment } from './default-providers.ts';
import { hintInput, isTree, overlayEnvironment } from './environment.ts';
import { type Explained, explainIssue } from './explain.ts';
import { toConfigJsonSchema } from './json-schema.ts';
import { type ReadText, readText } from './read-text.ts';
import { type Config, configSchema } from './schema.ts';
import { sections } from './sections.ts';
import { listWarnings } from './warnings.ts';

export type ConfigRequest = {
  /** What the file says; absent: there is no file. */
  text?: string | undefined;
  /** How people call the file: it stands in every message. */
  file: string;
  environment: Environment;
  /** What the workflow's inputs or the command line allow: the file can only be stricter. */
  floor?: { sandbox?: Config['sandbox'] | undefined };
};

/** One mistake. `line` and `column` count from 1 and are null where it does not come from the file. */
export type ConfigProblem = {
  path: string;
  line: number | null;
  column: number | null;
  message: string;
  suggestion?: string;
  /** Where it comes from if not from the file, for people. */
  origin?: string;
};

export type ParsedConfig = {
  config: Config;
  /**
   * Of the effective configuration: part of what an approval is bound to. Which providers a job can reach is no part of
   * it: of the jobs of the hardened workflow only one has keys. A plan is bound to the model that made it besides.
   */
  digest: string;
  /** Dotted path → where its value comes from. What is not here is a default. */
  sources: Record<string, string>;
  /** What is allowed and worth knowing. */
  warnings: string[];
};

/**
 * The effective configuration from the file's text and the environment. Throws one CONFIG_INVALID that names every
 * mistake; `details.problems` holds them as `ConfigProblem[]`. Pure: the same arguments give the same answer.
 */
export function parseConfig(request: ConfigRequest): ParsedConfig {
  const read = readText(request.text ?? '');
  const overlaid = overlayEnvironment(dropEmptySections(read.value), request.environment);
  const parsed = configSchema.safeParse(overlaid.value, { reportInput: true });
  const problems = listProblems(read, overlaid.value, overlaid.origins, parsed.error?.issues ?? [], request);
  if (problems.length > 0 || !parsed.success) throw toError(request.file, problems);
  const config = {
    ...parsed.data,
    sandbox: stricter(parsed.data, isTree(read.value) && 'sandbox' in read.value, request),
  };
  return {
    config,
    digest: digestOf({
      ...config,
      agent: toAgentWithoutKeys(read.value, request.environment) ?? config.agent,
      providers: isTree(read.value) ? (read.value.providers ?? {}) : {},
    }),
    sources: listSources(read, overlaid.value, overlaid.origins, request.file),
    warnings: listWarnings(config),
  };
}

/** Which model does what where no key is there: a key that only one job holds chooses its provider there. */
function toAgentWithoutKeys(file: unknown, environment: Environment): Config['agent'] | undefined {
  const { value } = overlayEnvironment(dropEmptySections(file), environment, { withCredentials: false });
  return configSchema.safeParse(value).data?.agent;
}

/** A section whose lines are all commented out reads as null. */
function dropEmptySections(value: unknown): unknown {
  return isTree(value)
    ? Object.fromEntries(Object.entries(value).filter(([, section]) => section !== null))
    : value;
}

function stricter(config: Config, isGiven: boolean, { floor }: ConfigRequest): Config['sandbox'] {
  return isGiven ? config.sandbox : (floor?.sandbox ?? 'required');
}

function listProblems(
  read: ReadText,
  value: unknown,
  origins: ReadonlyMap<string, string>,
  issues: Parameters<typeof explainIssue>[0][],
  request: ConfigRequest,
): ConfigProblem[] {
  const credentials = findCredentials(read.value);
  const schema = issues.length > 0 ? toConfigJsonSchema() : {};
  const explained: Explained[] = [
    ...credentials.map(({ path, message }): Explained => ({ path, at: 'key', message })),
    ...issues.flatMap((issue) => explainIssue(issue, schema)),
    ...checkFloor(read.value, request),
  ];
  // Combinations are part of the schema only once every field is right; here they come with the rest.
  if (issues.some((issue) => issue.code !== 'custom')) {
    const combined = checkCombinations(keepValid(value), value);
    explained.push(...combined.map((problem): Explained => ({ ...problem, at: 'value' })));
  }
  const fromText = read.problems.map(({ path, place, message }) => toProblem(path.join('.'), place, message));
  const fromValues = explained.map(({ path, at, message, suggestion }) => {
    const origin = findOrigin(path, read, origins);
    const problem = toProblem(
      path.join('.'),
      origin ? null : read.locate(path, at),
      origin ? `${message} (${origin})` : message,
    );
    return { ...problem, ...(suggestion ? { suggestion } : {}), ...(origin ? { origin } : {}) };
  });
  return dedupe([...fromText, ...fromValues]);
}

/** Of a value, or of what is in a section that only the environment has made. */
function findOrigin(
  path: readonly PropertyKey[],
  { value }: ReadText,
  origins: ReadonlyMap<string, string>,
): string | undefined {
  const dotted = path.join('.');
  const exact = origins.get(dotted);
  if (exact || dotted === '' || isInFile(value, path)) return exact;
  return [...origins].find(([key]) => key.startsWith(`${dotted}.`))?.[1];
}

function isInFile(value: unknown, path: readonly PropertyKey[]): boolean {
  return (
    path.reduce<unknown>((node, key) => (isTree(node) ? node[String(key)] : undefined), value) !== undefined
  );
}

function checkFloor(value: unknown, { floor }: ConfigRequest): Explained[] {
  if (!isTree(value) || value.sandbox !== 'best-effort' || floor?.sandbox === 'best-effort') return [];
  const message =
    'a file of the repository cannot loosen this: set the input “sandbox: best-effort” in the workflow, or give --sandbox best-effort';
  return [{ path: ['sandbox'], at: 'value', message }];
}

/** The sections that parse, so that combinations are checked in spite of mistakes elsewhere. */
function keepValid(value: unknown): Parameters<typeof checkCombinations>[0] {
  if (!isTree(value)) return {};
  const valid = Object.entries(sections).flatMap(([name, section]) => {
    const parsed = section.safeParse(value[name]);
    return parsed.success ? [[name, parsed.data]] : [];
  });
  return Object.fromEntries(valid);
}

function toProblem(
  path: string,
  place: { line: number; column: number } | null,
  message: string,
): ConfigProblem {
  return { path, line: place?.line ?? null, column: place?.column ?? null, message };
}

/** In the order of the file. What is said of a credential is enough said of that key. */
function dedupe(problems: ConfigProblem[]): ConfigProblem[] {
  const seen = new Set<string>();
  const kept = problems.filter((problem) => {
    const key = problem.path === '' ? `${problem.line}:${problem.column}:${problem.message}` : problem.path;
    return seen.has(key) ? false : seen.add(key);
  });
  return kept.sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
}

function toError(file: string, problems: ConfigProblem[]): TammaError {
  const lines = problems.map(({ path, line, column, message, origin }) => {
    const place = origin ? '' : line === null ? `${file}  ` : `${file}:${line}:${column}  `;
    return `  ${place}${path ? `${path} ` : ''}${message}${origin ? hintInput(origin) : ''}`;
  });
  const count = problems.length === 1 ? 'one mistake' : `${problems.length} mistakes`;
  return new TammaError(
    'CONFIG_INVALID',
    `${problems.every(({ origin }) => origin) ? 'the environment' : file} has ${count}:\n${lines.join('\n')}`,
    {
      details: { file, problems },
    },
  );
}

function listSources(
  read: ReadText,
  value: unknown,
  origins: ReadonlyMap<string, string>,
  file: string,
): Record<string, string> {
  const sources: Record<string, string> = Object.fromEntries(origins);
  const visit = (node: unknown, path: readonly string[]): void => {
    const dotted = path.join('.');
    if (origins.has(dotted)) return;
    if (isTree(node)) {
      for (const [key, inner] of Object.entries(node)) visit(inner, [...path, key]);
      return;
    }
    const place = read.locate(path);
    if (place) sources[dotted] = `${file}:${place.line}`;
  };
  visit(value, []);
  return sources;
}
