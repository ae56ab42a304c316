import type { Config } from '../config/schema.ts';
import { digestOf } from '../digest.ts';
import type { Plan } from '../events/parts.ts';

/** Everything that an approval of a plan approves: when one of them changes, the approval is void (research/security.md 7.2). */
export type PlanDigestInput = {
  platform: string;
  repository: string;
  issue: number;
  /** Digest of the sanitised issue text and comments. */
  inputDigest: string;
  baseSha: string;
  configDigest: string;
  model: string;
  plan: Plan;
  /** The commands of the project that will run. */
  commands: Readonly<Record<string, string | null>>;
  budget: Config['budget'];
};

/** The digest a person approves. Its first 16 characters are enough to name it, fewer could be searched for. */
export function planDigest(input: PlanDigestInput): string {
  return digestOf({ v: 1, ...input });
}
