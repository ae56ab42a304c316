import type { Holder } from '../../../src/core/events/parts.ts';
import { createHolder } from '../../../src/hosts/holder.ts';
import { createTerminalHost } from '../../../src/hosts/terminal.ts';
import type { Host } from '../../../src/ports/host.ts';

/** A process of this machine that has ended: what it claimed may be taken over at once. */
export const GONE: Partial<Holder> = { pid: 999_999, startedAt: 'long ago' };

/** A host with another identity than this process has: one that is gone, or one on another machine. */
export function createOtherHost(holder: Partial<Holder>): Host {
  const host = createTerminalHost({ runId: 'another', view: { show: () => {}, close: () => {} } });
  return { ...host, holder: { ...createHolder('another'), ...holder } };
}
