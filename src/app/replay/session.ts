import { readFile } from 'node:fs/promises';
import { TammaError } from '../../core/errors.ts';
import { parseSession, readBlocks, type Session, serialiseSession } from '../../providers/session-file.ts';

export type { Session };
export { serialiseSession };

/** Throws USAGE where there is no such file, and RECORDING_INVALID where it is no session. */
export async function readSession(file: string): Promise<Session> {
  const found = await readFile(file, 'utf8').catch((cause: Error) => cause);
  if (typeof found === 'string') return parseSession(found, file);
  throw new TammaError('USAGE', `${file} cannot be read: ${found.message}`, { cause: found });
}

/** What was asked of models, as one text each. */
export function listPrompts(session: Session): string[] {
  return session.entries.map((entry) =>
    readBlocks(session, entry)
      .map((lines) => lines.join('\n'))
      .join('\n'),
  );
}
