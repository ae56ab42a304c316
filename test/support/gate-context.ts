import type { ProjectCommands } from '../../src/core/commands.ts';
import type { ConfigInput } from '../../src/core/config/schema.ts';
import type { GateContext } from '../../src/gates/context.ts';
import { createConfig, type Workbench } from './workbench.ts';

export type GateOptions = {
  commands?: Partial<ProjectCommands>;
  config?: ConfigInput;
  coverageReports?: readonly string[];
  redact?: (text: string) => string;
  /** Leaves the workspace as it is, for gates that look at objects only. */
  keepWorkspace?: boolean;
};

/** The change between the bench's first commit and its branch, as a gate sees it: the workspace at the head. */
export async function createGateContext(bench: Workbench, options: GateOptions = {}): Promise<GateContext> {
  const headSha = await bench.git.git(['rev-parse', 'refs/heads/main']);
  if (!options.keepWorkspace) await bench.workspace.reset(headSha);
  let ticks = 0;
  const now = () => {
    ticks += 1;
    return new Date(Date.UTC(2026, 0, 1, 0, 0, 0, 5 * ticks));
  };
  return {
    repository: bench.repository,
    workspace: bench.workspace,
    sandbox: bench.sandbox,
    commands: { install: null, build: null, test: null, lint: null, coverage: null, ...options.commands },
    coverageReports: options.coverageReports ?? [],
    baseSha: bench.base,
    headSha,
    config: createConfig(options.config),
    redact: options.redact ?? ((text) => text),
    report: () => {},
    clock: { now, newId: () => '' },
    signal: new AbortController().signal,
  };
}
