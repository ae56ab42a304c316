import type { Identity } from './objects.ts';

export type CommitData = {
  sha: string;
  tree: string;
  parents: string[];
  author: Identity;
  committer: Identity;
  message: string;
  isSigned: boolean;
};

/** A commit object's text (git's "commit" format), its dates as ISO 8601 in UTC. */
export function parseCommit(text: string, sha: string): CommitData {
  const end = text.indexOf('\n\n');
  const header = text.slice(0, end).replaceAll('\n ', ' ').split('\n');
  const values = (name: string) =>
    header.filter((line) => line.startsWith(`${name} `)).map((line) => line.slice(name.length + 1));
  return {
    sha,
    tree: values('tree')[0] ?? '',
    parents: values('parent'),
    author: parseIdentity(values('author')[0] ?? ''),
    committer: parseIdentity(values('committer')[0] ?? ''),
    message: text.slice(end + 2).replace(/\n+$/, ''),
    isSigned: values('gpgsig').length > 0,
  };
}

function parseIdentity(text: string): Identity {
  const [, name = '', email = '', seconds = '0'] = /^(.*) <(.*)> (\d+)/.exec(text) ?? [];
  return { name, email, date: toIso(new Date(Number(seconds) * 1000)) };
}

/** GitHub's form: no milliseconds. */
export function toIso(date: Date): string {
  return date.toISOString().replace(/\.\d{3}Z$/, 'Z');
}
