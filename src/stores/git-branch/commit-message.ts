import type { ArchivedPart } from '../../core/events/archived-part.ts';
import type { LogHead } from '../../core/events/chain.ts';
import type { LoggedEvent } from '../../core/events/event.ts';
import type { TimeRange } from './times.ts';

/** Ids of what a reader of this commit needs first, so that it can ask for them without walking there. */
export const treeNames = ['log', 'month', 'folder', 'state', 'cold'] as const;
export type TreeName = (typeof treeNames)[number];

export type CommitFacts = {
  /** The last event of the append. */
  last: LoggedEvent;
  /** The first position, and how many events there are. */
  first: number;
  events: number;
  month: string;
  /** Of the last batch in it. */
  number: number;
  appendId: string;
  trees: Readonly<Partial<Record<TreeName, string>>>;
  /** Of the events in the folder that is written to. */
  folder: TimeRange;
  signature?: { keyId: string; signature: string } | undefined;
};

/** What the message of a commit says. Only a commit of ours has one; what it says is checked by verify alone. */
export type CommitHeader = {
  position: number;
  hash: string;
  month: string;
  number: number;
  trees: Partial<Record<TreeName, string>>;
  folder: TimeRange;
};

/** Subject for people, trailers for machines. Nothing that others wrote goes in here. */
export function toCommitMessage(facts: CommitFacts): string {
  const { last, events } = facts;
  const issue = last.tags.issueId;
  const about = issue && /^\d{1,10}$/.test(issue) ? `issue ${issue}` : 'log';
  const count = events === 1 ? '' : ` (${events} events)`;
  const position = `${facts.first}-${last.position}`;
  return `${about}: ${last.type}${count}\n\n${toTrailers({ ...facts, position, hash: last.hash })}`;
}

type TrailerFacts = Omit<CommitFacts, 'last' | 'first' | 'events'> & { position: string; hash: string };

function toTrailers({ trees, folder, signature, ...facts }: TrailerFacts): string {
  const named = treeNames.flatMap((name) => (trees[name] ? [`${name}=${trees[name]}`] : []));
  return [
    `Tamma-Position: ${facts.position}`,
    `Tamma-Batch: ${facts.month}/${facts.number}`,
    `Tamma-Hash: sha256:${facts.hash}`,
    `Tamma-Append-Id: ${facts.appendId}`,
    `Tamma-Trees: ${named.join(' ')}`,
    `Tamma-Times: ${folder[0]}-${folder[1]}`,
    ...(signature ? [`Tamma-Signature: ${signature.keyId} ${signature.signature}`] : []),
    '',
  ].join('\n');
}

type ArchiveFacts = Omit<TrailerFacts, 'position'> & { head: LogHead; parts: readonly ArchivedPart[] };

/** The head stays where it is: an append of no events, `Tamma-Archive` says of which the files left the tree. */
export function toArchiveMessage({ head, parts, ...facts }: ArchiveFacts): string {
  const [first, last] = [parts[0]?.first ?? 0, parts.at(-1)?.last ?? 0];
  const months = parts.map(({ month }) => month).join(', ');
  const position = `${head.position + 1}-${head.position}`;
  const trailers = toTrailers({ ...facts, position });
  return `log: archive ${months}\n\n${trailers}Tamma-Archive: ${first}-${last}\n`;
}

/** Undefined where the message is not one of ours, in the form of this version. */
export function parseCommitHeader(message: string): CommitHeader | undefined {
  const trailers = new Map<string, string>();
  for (const line of message.trimEnd().split('\n\n').at(-1)?.split('\n') ?? []) {
    const [, key, value] = /^(Tamma-[A-Za-z-]+): (.*)$/.exec(line) ?? [];
    if (!key || value === undefined || trailers.has(key)) return undefined;
    trailers.set(key, value);
  }
  const get = (key: string, pattern: RegExp) => pattern.exec(trailers.get(`Tamma-${key}`) ?? '');
  const position = get('Position', /^\d+-(\d+)$/);
  const batch = get('Batch', /^(\d{4}-\d{2})\/(\d+)$/);
  const hash = get('Hash', /^sha256:([0-9a-f]{64})$/);
  const times = get('Times', /^(\d+)-(\d+)$/);
  const trees = trailers.get('Tamma-Trees');
  if (!position || !batch || !hash || !times || trees === undefined) return undefined;
  return {
    position: Number(position[1]),
    hash: hash[1] ?? '',
    month: batch[1] ?? '',
    number: Number(batch[2]),
    trees: parseTrees(trees),
    folder: [Number(times[1]), Number(times[2])],
  };
}

function parseTrees(text: string): Partial<Record<TreeName, string>> {
  const trees: Partial<Record<TreeName, string>> = {};
  for (const [, name, id] of text.matchAll(/(\w+)=([0-9a-f]{40,64})/g)) {
    const known = treeNames.find((one) => one === name);
    if (known && id) trees[known] = id;
  }
  return trees;
}

/** The parts of a commit object that a log is read by. */
export function parseCommit(content: Buffer): { tree: string; parent: string | undefined; message: string } {
  const text = content.toString();
  const end = text.indexOf('\n\n');
  const header = text.slice(0, end);
  return {
    tree: /^tree ([0-9a-f]+)$/m.exec(header)?.[1] ?? '',
    parent: /^parent ([0-9a-f]+)$/m.exec(header)?.[1],
    message: text.slice(end + 2),
  };
}
