import { TammaError } from '../../core/errors.ts';
import type { Api } from './request.ts';

const MAX_BYTES = 200_000;
const MAX_LINES = 120;
const MAX_CHARACTERS = 8_000;

/** The end of a job's log; undefined where GitHub has none any more, or the token may not read it. */
export async function readJobLog(api: Api, job: string): Promise<string | undefined> {
  try {
    const text = await api.tail(
      'GET /repos/{owner}/{repo}/actions/jobs/{job_id}/logs',
      { job_id: job },
      MAX_BYTES,
    );
    return findTail(text);
  } catch (error) {
    if (error instanceof TammaError && error.code.startsWith('PLATFORM_')) return undefined;
    throw error;
  }
}

/**
 * What matters of a log: the lines that lead up to the last error the runner marked, without times and colours. What
 * comes after it is the runner tidying up.
 */
export function findTail(text: string): string {
  const lines = text
    .split(/\r?\n/)
    .map((line) =>
      line.replace(/^\uFEFF?\d{4}-\d\d-\d\dT[\d:.]+Z /, '').replace(/\u001b\[[0-9;]*[A-Za-z]/g, ''),
    );
  const end = lines.findLastIndex((line) => line.startsWith('##[error]'));
  const kept = (end < 0 ? lines : lines.slice(0, end + 1)).filter((line) => !line.startsWith('##[endgroup]'));
  return kept.slice(-MAX_LINES).join('\n').trim().slice(-MAX_CHARACTERS);
}
