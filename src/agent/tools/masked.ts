import type { Workspace } from '../../ports/workspace.ts';

const MASK = '[REDACTED:';

/**
 * Why this text may not be written, or undefined. What looks like a credential is shown to the model masked; writing the
 * mask back would destroy what stands there. A file that speaks of masks itself may go on doing so.
 */
export async function findMask(
  workspace: Workspace,
  path: string,
  text: string,
): Promise<string | undefined> {
  if (!text.includes(MASK)) return undefined;
  const isThere = (await workspace.hasFile(path)) && (await workspace.readText(path)).includes(MASK);
  return isThere
    ? undefined
    : `refused: ${MASK}…] stands for something that is hidden from you; leave that line as it is and use edit_file on the others`;
}
