/** `unknown`: it could not be looked at, and `help` says what it would take. */
export type Level = 'ok' | 'warning' | 'problem' | 'unknown';

export type Finding = {
  /** What was looked at. */
  title: string;
  level: Level;
  text: string;
  /** What to do; empty where nothing is. */
  help: string;
  /** Where it is changed, or read about. */
  link?: string;
};

type More = { help: string; link?: string };

export function ok(title: string, text: string): Finding {
  return { title, level: 'ok', text, help: '' };
}

export function warn(title: string, text: string, more: More): Finding {
  return { title, level: 'warning', text, ...more };
}

export function fault(title: string, text: string, more: More): Finding {
  return { title, level: 'problem', text, ...more };
}

export function unknown(title: string, text: string, more: More): Finding {
  return { title, level: 'unknown', text, ...more };
}

/** Only a problem keeps Tamma from working. */
export function isFit(findings: readonly Finding[]): boolean {
  return findings.every(({ level }) => level !== 'problem');
}
