import { describe, expect, it } from 'vitest';
import { findIssues, matchesQuery } from '../../../src/core/events/query.ts';

const event = { type: 'GATE.FAILED', tags: { issueId: '1', gateId: 'tests' } };

describe('a query', () => {
  it('without items matches every event', () => {
    expect(matchesQuery(event, { items: [] })).toBe(true);
  });

  it('matches if one item does; an item takes one of its types and all of its tags', () => {
    expect(matchesQuery(event, { items: [{ types: ['GATE.PASSED'] }, { tags: { issueId: '1' } }] })).toBe(
      true,
    );
    expect(
      matchesQuery(event, { items: [{ types: ['GATE.PASSED', 'GATE.FAILED'], tags: { gateId: 'tests' } }] }),
    ).toBe(true);
    expect(matchesQuery(event, { items: [{ types: ['GATE.PASSED'], tags: { gateId: 'tests' } }] })).toBe(
      false,
    );
    expect(matchesQuery(event, { items: [{ tags: { issueId: '1', gateId: 'build' } }] })).toBe(false);
    expect(matchesQuery(event, { items: [{ tags: { runId: '1' } }] })).toBe(false);
    expect(matchesQuery(event, { items: [{}] })).toBe(true);
  });

  it('is not taken in by names that every object has', () => {
    expect(matchesQuery(event, { items: [{ tags: { toString: 'x' } }] })).toBe(false);
    const inherited = Object.create({ issueId: '2' }) as Record<string, string>;
    expect(matchesQuery({ type: 'A.B', tags: inherited }, { items: [{ tags: { issueId: '2' } }] })).toBe(
      false,
    );
  });

  it('is about certain issues only where every item names one', () => {
    expect(
      findIssues({ items: [{ tags: { issueId: '1' } }, { tags: { issueId: '2', mode: 'dev' } }] }),
    ).toEqual(['1', '2']);
    expect(findIssues({ items: [{ tags: { issueId: '1' } }, { tags: { issueId: '1' } }] })).toEqual(['1']);
    expect(findIssues({ items: [{ tags: { issueId: '1' } }, { types: ['A.B'] }] })).toBeUndefined();
    expect(findIssues({ items: [] })).toBeUndefined();
    expect(findIssues({ items: [{}] })).toBeUndefined();
  });
});
