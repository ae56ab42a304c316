import type { LogHead } from './chain.ts';
import type { CheckSignature, HeadSignature } from './head-signature.ts';
import type { Reached } from './line-order.ts';
import type { ProblemList } from './log-problem.ts';

/** A head that was noted outside the log: `hash` may be its beginning only. `source` says where, for people. */
export type Anchor = LogHead & { source: string };

/** The head as the store keeps it beside the events, at `place`, against the last line. */
export function compareStored(
  problems: ProblemList,
  reached: Reached,
  { stored, place }: { stored: LogHead; place: string },
): void {
  const add = (position: number, message: string) =>
    void problems.add({ kind: 'tail', position, place, message });
  if (stored.position > reached.position) {
    add(
      reached.position + 1,
      `the tail is cut off: the log ends at ${reached.position}, but was written up to ${stored.position}`,
    );
  } else if (stored.position < reached.position) {
    add(stored.position + 1, `the log goes on to ${reached.position}, past its head at ${stored.position}`);
  } else if (reached.hashes && !reached.hashes.includes(stored.hash)) {
    add(stored.position, `the head at ${stored.position} is not the last event`);
  }
}

export type AnchorCheck = {
  /** The hash of the event that stands at this position. */
  pass(head: LogHead): void;
  /** What lies in `first..last` is kept elsewhere and was not looked at. */
  skip(first: number, last: number): void;
  finish(problems: ProblemList, reached: Reached): void;
};

/** Whether the log still holds what was noted elsewhere. An anchor is the only witness of a tail that was cut off whole. */
export function createAnchorCheck(anchors: readonly Anchor[]): AnchorCheck {
  const open = new Map<number, Anchor[]>();
  let holds = 0;
  for (const anchor of anchors) open.set(anchor.position, [...(open.get(anchor.position) ?? []), anchor]);
  return {
    pass({ position, hash }) {
      if (open.get(position)?.some((anchor) => hash.startsWith(anchor.hash))) holds = position;
      const left = open.get(position)?.filter((anchor) => !hash.startsWith(anchor.hash));
      if (left?.length === 0) open.delete(position);
      else if (left) open.set(position, left);
    },
    skip(first, last) {
      for (const position of open.keys()) if (position >= first && position < last) open.delete(position);
    },
    finish(problems, reached) {
      const left = [...open.values()].flat().sort((a, b) => a.position - b.position);
      // What was rewritten from some place on breaks every anchor after it: the first of them tells, as does the last of a tail.
      const rewritten = left.find(({ position }) => position <= reached.position);
      const cut = left.at(-1);
      if (rewritten) {
        const { position, source } = rewritten;
        const message = describeMismatch(position, holds);
        problems.add({ kind: 'rewritten', position, place: source, message });
      }
      if (cut && cut.position > reached.position) {
        const message = `the tail is cut off: the log ends at ${reached.position}, but ${cut.position} was once its head`;
        problems.add({ kind: 'tail', position: reached.position + 1, place: cut.source, message });
      }
    },
  };
}

/** `holds`: the last position with an anchor that is satisfied, which vouches for all that comes before it. */
function describeMismatch(position: number, holds: number): string {
  const what = `position ${position} is not the event that was noted there`;
  if (holds >= position)
    return `${what}; position ${holds} is as it was noted, and so is all before it: the note was changed`;
  return holds > 0 ? `${what}; up to ${holds} the log is as it was noted` : what;
}

/** Signatures that must be there: `repository` is the log's own name. */
export type WantedSignatures = { repository: string; check: CheckSignature };

export type SignatureCheck = {
  /** A signature of the head at `claimed`; `hash` is that of the event which stands there, if one does. */
  add(problems: ProblemList, given: GivenSignature): void;
  finish(problems: ProblemList, reached: Reached, place: string): void;
};

export type GivenSignature = {
  head: LogHead;
  /** Of the last line before it. */
  reached: LogHead;
  signature: HeadSignature;
  place: string;
};

/** One valid signature covers all that comes before it; what comes after the last one is covered by none. */
export function createSignatureCheck({ repository, check }: WantedSignatures): SignatureCheck {
  let covered = 0;
  return {
    add(problems, { head, reached, signature, place }) {
      const verdict = check({ ...head, repository }, signature);
      const isHead = head.position === reached.position && head.hash === reached.hash;
      if (verdict === 'valid' && isHead) covered = head.position;
      if (verdict === 'invalid' || (verdict === 'valid' && !isHead)) {
        const message =
          verdict === 'invalid'
            ? `the signature by key ${signature.keyId} is wrong`
            : `key ${signature.keyId} signed another log up to here`;
        problems.add({ kind: 'signature', position: head.position, place, message });
      }
    },
    finish(problems, { position }, place) {
      if (covered >= position) return;
      const what = covered === 0 ? `nothing of it, up to ${position},` : `what follows position ${covered}`;
      problems.add({
        kind: 'signature',
        position: covered + 1,
        place,
        message: `${what} is signed by none of the keys in events.signing.publicKeys`,
      });
    },
  };
}
