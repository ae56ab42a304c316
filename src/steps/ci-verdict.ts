import type { Finding } from '../core/events/parts.ts';
import { sanitiseText } from '../core/text/sanitise.ts';
import { createVerdict, type Verdict } from '../gates/verdict.ts';
import { formatCount } from '../lib/quantities.ts';
import type { Check } from '../ports/platform/ci.ts';
import type { StepContext } from '../ports/step.ts';
import { type CiView, describeChecks } from './ci-status.ts';

/** Of a log, what names the failure goes into its finding, and more of it into the excerpt of the report. */
const IN_FINDING = 600;
const IN_EXCERPT = 6000;
const MAX_EXCERPT = 8000;

/** What failed, with the end of its log, and what reviewers ask for: enough to repair from. */
export function judgeCi({ redact }: StepContext, ci: CiView, said: readonly Finding[]): Verdict {
  const clean = (text: string) => redact(sanitiseText(text).text);
  const failed = ci.checks.filter(({ status }) => status === 'failed');
  const names = failed.map(({ name }) => clean(name));
  const logs = failed.flatMap(({ name, log }) =>
    log ? [`${clean(name)}:\n${clean(log).slice(-IN_EXCERPT)}`] : [],
  );
  const wrong = [
    ...(names.length > 0 ? [`${formatCount(names.length, 'check')} failed: ${names.join(', ')}`] : []),
    ...(said.length > 0 ? [`${formatCount(said.length, 'remark')} of reviewers`] : []),
  ];
  return createVerdict({
    gateId: 'ci',
    passed: wrong.length === 0,
    summary: wrong.join('; ') || describeChecks(ci),
    findings: [...failed.map((check) => toFinding(check, clean)), ...said],
    output: logs.join('\n\n').slice(-MAX_EXCERPT),
    measured: { checks: ci.checks.length, failed: failed.length, remarks: said.length },
    durationMs: 0,
  });
}

function toFinding({ name, url, log }: Check, clean: (text: string) => string): Finding {
  const tail = log ? clean(log).trim().slice(-IN_FINDING) : 'it left no log';
  return {
    severity: 'major',
    rule: clean(name).slice(0, 100),
    message: [...(url ? [url.slice(0, 500)] : []), tail].join('\n'),
  };
}
