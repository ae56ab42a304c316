import type { Finding } from '../core/events/parts.ts';

/**
 * How compilers and linters write a place: tsc (both forms), gcc and clang, go vet, rustc, eslint (unix and compact), javac,
 * ruff and mypy. Groups `path`, `line`, `message`.
 */
const forms = [
  /^(?<path>[^\s(:]+)\((?<line>\d+),\d+\): (?:error) (?<message>.+)$/gm,
  /^(?<path>[^\s:]+):(?<line>\d+)(?::\d+)?(?: -|:)? (?:fatal )?error:? ?(?<message>.+)$/gim,
  /^(?<path>[^\s:]+\.go):(?<line>\d+):\d+: (?<message>.+)$/gm,
  /^(?<path>[^\s:]+\.py):(?<line>\d+):\d+: (?<message>[A-Z]+\d+ .+)$/gm,
  /^error(?:\[\w+\])?: (?<message>.+)\r?\n *--> (?<path>[^\s:]+):(?<line>\d+):\d+$/gm,
] as const;

const MAX_PROBLEMS = 30;

/** The places that a failed build or lint names, each once. Absolute paths are given relative to `directory`. */
export function parseProblems(output: string, directory: string): Finding[] {
  const text = output.replace(/\u001b\[[0-9;]*[A-Za-z]/g, '');
  const found = new Map<string, Finding>();
  for (const { groups } of forms.flatMap((form) => [...text.matchAll(form)])) {
    const { path = '', line = '', message = '' } = groups ?? {};
    const finding: Finding = {
      severity: 'major',
      ...toPlace(path, Number(line), directory),
      message: message.trim(),
    };
    found.set(JSON.stringify([path, line, finding.message]), finding);
  }
  return [...found.values()].slice(0, MAX_PROBLEMS);
}

/** What the folder is called inside our sandboxes; outside of one it has its own name. */
const INSIDE = '/workspace';

/** Path and line of a finding, where the path is one inside the project. */
export function toPlace(path: string, line: number, directory: string): Pick<Finding, 'path' | 'line'> {
  const absolute = path.replace(/^file:\/\//, '');
  const root = [directory, INSIDE].find((folder) => absolute.startsWith(`${folder}/`));
  const inside = (root ? absolute.slice(root.length + 1) : absolute).replace(/^\.\//, '');
  if (inside === '' || inside.startsWith('/') || inside.startsWith('..') || inside.length > 1024) return {};
  return { path: inside, ...(Number.isInteger(line) && line > 0 ? { line } : {}) };
}
