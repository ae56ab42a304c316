import { TammaError } from '../../core/errors.ts';
import type { LogProblem, VerifyReport } from '../../core/events/verification.ts';
import type { ArchivedPart, ArchiveFiles } from '../../ports/log-archive.ts';
import { readPart } from './part-file.ts';

/** Whether the files of an archive are what the log remembers, to the byte. One that is not there is a finding too. */
export async function verifyParts(
  files: ArchiveFiles,
  parts: readonly ArchivedPart[],
): Promise<LogProblem[]> {
  const problems: LogProblem[] = [];
  for (const part of parts) {
    try {
      for await (const _line of readPart(files, part)); // reading is checking
    } catch (error) {
      if (!(error instanceof TammaError) || !TELLING.has(error.code)) throw error;
      const message = error.code === 'LOG_ARCHIVED' ? `${part.name} is not in ${files.place}` : error.message;
      problems.push({ kind: 'archive', position: part.first, place: `archive/${part.name}`, message });
    }
  }
  return problems;
}

/** A report on the log with what is wrong with its archive, where that is at hand. */
export async function withParts(
  report: VerifyReport,
  files: ArchiveFiles | undefined,
  list: () => Promise<readonly ArchivedPart[]>,
): Promise<VerifyReport> {
  const found = files && report.ok ? await verifyParts(files, await list()) : [];
  return { ...report, ok: report.ok && found.length === 0, problems: [...report.problems, ...found] };
}

const TELLING = new Set(['LOG_ARCHIVED', 'LOG_CORRUPT', 'ARCHIVE_FAILED']);
