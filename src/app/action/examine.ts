import { tableRow } from '../../report/markdown.ts';
import { toInline } from '../../report/untrusted.ts';
import { examine } from '../doctor/examine.ts';
import { isFit } from '../doctor/finding.ts';
import type { ActionContext, ActionResult } from './context.ts';

const marks = { ok: '✓', warning: '!', problem: '✗', unknown: '?' } as const;

/** What `tamma doctor` says, as a table and as annotations. */
export async function examineHere(context: ActionContext): Promise<ActionResult> {
  const { host, directory, runtime } = context;
  const findings = await examine({
    directory,
    nodeVersion: process.versions.node,
    compose: runtime,
  });
  for (const { title, level, text, help } of findings) {
    host.print(`${marks[level]} ${title}: ${text}`);
    if (level === 'warning' || level === 'problem')
      host.annotate(level === 'problem' ? 'error' : 'warning', title, `${text}\n${help}`);
  }
  const rows = findings.map(({ title, level, text, help, link }) =>
    tableRow([marks[level], title, toInline(text, 300), toAdvice(help, level === 'ok' ? undefined : link)]),
  );
  return {
    exitCode: isFit(findings) ? 0 : 2,
    outputs: { status: isFit(findings) ? 'done' : 'failed' },
    summary: [tableRow(['', 'Looked at', 'Found', 'What to do']), '|---|---|---|---|', ...rows].join('\n'),
  };
}

/** The links are ours; what surrounds them may quote a repository. */
function toAdvice(help: string, link: string | undefined): string {
  return [toInline(help, 300), link && `[open](${link})`].filter((part) => part).join(' ');
}
