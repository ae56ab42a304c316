import type { LoopState } from '../core/state.ts';
import { gateTitles } from '../core/vocabulary.ts';
import { listGates } from './gates-table.ts';
import { toCode, toInline } from './untrusted.ts';

/** What a person should look at first, as lines of Markdown: what the plan breaks or adds, and what gates leave to people. */
export function listConcerns(state: LoopState): string[] {
  const plan = state.design?.plan;
  const { expected, reason } = plan?.breakingChange ?? { expected: false, reason: '' };
  const added = plan?.newDependencies ?? [];
  const noted = listGates(state).flatMap(({ gateId, notes }) =>
    notes.flatMap((note) => {
      const [, said] = /^needs a person: (.+)$/s.exec(note) ?? [];
      return said ? [`**${gateTitles[gateId]}:** ${toInline(said, 300)}`] : [];
    }),
  );
  return [
    ...(expected ? [`**Breaking change:** ${toInline(reason)}`] : []),
    ...(added.length > 0 ? [`**New dependencies:** ${added.map((name) => toCode(name)).join(', ')}`] : []),
    ...noted,
  ];
}
