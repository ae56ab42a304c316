import { Worker } from 'node:worker_threads';
import type { FileMatch } from '../ports/workspace.ts';
import { refusePath } from './place.ts';

export type SearchRequest = {
  pattern: string;
  limit: number;
  texts: readonly { path: string; text: string }[];
  /** A pattern that takes longer is refused: some take for ever. */
  deadlineMs: number;
};

/** Runs in a thread of its own, which can be ended in the middle of a match. */
const SEARCHER = `
const { parentPort, workerData } = require('node:worker_threads');
const { source, flags, limit, texts } = workerData;
const expression = new RegExp(source, flags);
const matches = [];
for (const { path, text } of texts) {
  let line = 0;
  for (const content of text.split('\\n')) {
    line += 1;
    if (matches.length < limit && expression.test(content)) matches.push({ path, line, text: content.slice(0, 500) });
  }
  if (matches.length >= limit) break;
}
parentPort.postMessage(matches);
`;

/**
 * Lines that match, in the order of the texts. A pattern that is no regular expression is looked for as it stands.
 * Throws PATH_REFUSED for a pattern that does not end in time.
 */
export async function searchTexts({
  pattern,
  limit,
  texts,
  deadlineMs,
}: SearchRequest): Promise<FileMatch[]> {
  const data = { ...toExpression(pattern), limit, texts };
  const worker = new Worker(SEARCHER, {
    eval: true,
    workerData: data,
    env: {},
    stdin: false,
    resourceLimits: { maxOldGenerationSizeMb: 512 },
  });
  let deadline: NodeJS.Timeout | undefined;
  try {
    return await new Promise<FileMatch[]>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
      deadline = setTimeout(
        () => reject(refusePath(pattern, 'takes too long as a pattern: use a simpler one')),
        deadlineMs,
      );
    });
  } finally {
    clearTimeout(deadline);
    await worker.terminate();
  }
}

function toExpression(pattern: string): { source: string; flags: string } {
  for (const flags of ['u', '']) {
    try {
      return { source: new RegExp(pattern, flags).source, flags };
    } catch {
      // tried as the next kind
    }
  }
  return { source: pattern.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'), flags: '' };
}
