import { TammaError } from '../core/errors.ts';
import type { Workspace } from '../ports/workspace.ts';

/** Removes what an earlier run left, so that what stands there after a command is of that command. May be repeated. */
export async function clearReports(workspace: Workspace, paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    try {
      if (await workspace.hasFile(path)) await workspace.deleteFile(path);
    } catch (error) {
      // A link in the place of a report is no report: `findReport` will not read it either.
      if (!(error instanceof TammaError && error.code === 'PATH_REFUSED')) throw error;
    }
  }
}

/** The reports that stand there now, in the order of the paths. */
export async function findReports(
  workspace: Workspace,
  paths: readonly string[],
): Promise<{ path: string; text: string }[]> {
  const found: { path: string; text: string }[] = [];
  for (const path of paths) {
    const text = await readReport(workspace, path);
    if (text !== undefined) found.push({ path, text });
  }
  return found;
}

async function readReport(workspace: Workspace, path: string): Promise<string | undefined> {
  try {
    return await workspace.readReport(path);
  } catch (error) {
    if (error instanceof TammaError && error.code === 'PATH_REFUSED') return undefined;
    throw error;
  }
}
