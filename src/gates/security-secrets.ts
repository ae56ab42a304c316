import type { Finding } from '../core/events/parts.ts';
import { maskTokens } from '../core/text/secret-patterns.ts';
import { listAddedLines, type TextChange } from './whole-change.ts';

/** Advice only: names lie and examples look like secrets. */
const ASSIGNED =
  /(?:passw(?:or)?d|secret|api[_-]?key|access[_-]?key|auth[_-]?token|private[_-]?key)["']?\s*[:=]\s*["'](?=[^"']*\d)[^"'\s{}$<>]{12,}["']/i;

/** Credentials in added lines: of a known shape, or known to this run. What was found is never repeated. */
export function findSecrets(changes: readonly TextChange[], redact: (text: string) => string): Finding[] {
  return changes.flatMap((change) =>
    listAddedLines(change).flatMap(({ line, text }) => {
      const finding = judgeLine(text, redact);
      return finding ? [{ ...finding, path: change.path, line }] : [];
    }),
  );
}

function judgeLine(text: string, redact: (text: string) => string): Finding | undefined {
  const kind = /\[REDACTED:([a-z-]+)\]/.exec(maskTokens(text.replaceAll('[REDACTED:', '')))?.[1];
  if (kind)
    return {
      severity: 'critical',
      rule: 'secret',
      message: `a credential is in the change (${kind}): remove it and renew it`,
    };
  if (redact(text) !== text) {
    return {
      severity: 'critical',
      rule: 'secret',
      message: 'a secret of this run is in the change: remove it and renew it',
    };
  }
  if (ASSIGNED.test(text)) {
    return {
      severity: 'minor',
      rule: 'hard-coded-secret',
      message: 'this looks like a hard-coded secret: read it from the environment',
    };
  }
  return undefined;
}
