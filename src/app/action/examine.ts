import { tableRow } from '../../report/markdown.ts';
import { toInline } from '../../report/untrusted.ts';
import { examine } from '../doctor.ts';
import type { ActionContext, ActionResult } from './context.ts';

/** What `tamma doctor` says, as a table and as annotations. */
export async function examineHere({ host, directory, runtime }: ActionContext): Promise<ActionResult> {
  const findings = await examine({ directory, nodeVersion: process.versions.node, compose: runtime });
  const marks = { ok: '✓', warning: '!', problem: '✗' } as const;
  for (const { title, level, text, help } of findings) {
    host.print(`${marks[level]} ${title}: ${text}`);
    if (level !== 'ok') host.annotate(level === 'problem' ? 'error' : 'warning', title, `${text}\n${help}`);
  }
  const isFit = findings.every(({ level }) => level !== 'problem');
  const rows = findings.map(({ title, level, text, help }) =>
    tableRow([marks[level], title, toInline(text, 300), toInline(help, 300)]),
  );
  return {
    exitCode: isFit ? 0 : 2,
    outputs: { status: isFit ? 'done' : 'failed' },
    summary: [tableRow(['', 'Looked at', 'Found', 'What to do']), '|---|---|---|---|', ...rows].join('\n'),
  };
}
