import { describe, expect, test } from 'vitest';
import { createPlaceholders, expand, holdsCanary, loadCorpus } from '../support/corpus.ts';
import type { Check } from './check.ts';
import { configChecks } from './config-checks.ts';
import { entriesOfOtherRooms, factsOfOtherRooms } from './other-rooms.ts';
import { pathChecks } from './path-checks.ts';
import { textChecks } from './text-checks.ts';

const corpus = loadCorpus();
const coreChecks: Readonly<Record<string, Check>> = { ...textChecks, ...pathChecks, ...configChecks };
const runnable = corpus
  .flatMap((entry) => {
    const check = coreChecks[entry.id];
    return check ? [{ ...entry, check }] : [];
  })
  .sort((a, b) => a.expect.tier - b.expect.tier);

describe('the adversarial corpus', () => {
  test('has no entry that nobody answers for, and none that two do', () => {
    const known = [...Object.keys(coreChecks), ...Object.keys(entriesOfOtherRooms)];
    expect(known.toSorted()).toEqual(corpus.map(({ id }) => id).toSorted());
  });

  test('has no fact given to another room that no entry claims', () => {
    const claimed = new Set(runnable.flatMap((entry) => entry.expect.assert));
    expect(Object.keys(factsOfOtherRooms).filter((fact) => !claimed.has(fact))).toEqual([]);
  });

  test.each(runnable)('$id ($class in $where) ends in $expect.decision', async (entry) => {
    const placeholders = createPlaceholders();
    const { decision, facts } = await entry.check({
      ...entry,
      input: expand(entry.input, placeholders),
      placeholders,
    });
    if (decision !== null) expect(decision).toBe(entry.expect.decision);
    for (const fact of entry.expect.assert) {
      if (fact in factsOfOtherRooms) continue;
      const show = facts[fact];
      if (!show) throw new Error(`nobody shows that: ${fact}`);
      show();
    }
  });

  test('is searched for its canary by something that would find it', () => {
    const placeholders = createPlaceholders();
    for (const [name, value] of Object.entries(placeholders)) {
      if (name.startsWith('CANARY')) expect(holdsCanary(`a ${value} b`, placeholders), name).toBe(true);
    }
    expect(holdsCanary('nothing here', placeholders)).toBe(false);
    expect(() => expand('{{NEW}}', placeholders)).toThrow(/unknown placeholder: NEW/);
  });
});
