import { describe, expect, test } from 'vitest';
import type { StepContext } from '../../src/ports/step.ts';
import { writeBranchName, writeCommitMessage } from '../../src/steps/commit-message.ts';

const TREE = 'a'.repeat(40);
const subjectOf = (title: string, kind: Parameters<typeof writeCommitMessage>[1] = 'implement') =>
  writeCommitMessage({ state: { issue: { title } }, issueNumber: 7 } as StepContext, kind, TREE).split(
    '\n',
  )[0];

describe('a commit message', () => {
  test.each([
    ['tests', 'Add tests for quoted fields (#7)'],
    ['implement', 'Implement quoted fields (#7)'],
    ['refactor', 'Refactor quoted fields (#7)'],
    ['fix', 'Fix quoted fields (#7)'],
  ] as const)('of %s begins with its verb', (kind, subject) => {
    expect(subjectOf('Quoted fields', kind)).toBe(subject);
  });

  test('keeps abbreviations as they are', () => {
    expect(subjectOf('CSV files with tabs')).toBe('Implement CSV files with tabs (#7)');
    expect(subjectOf('A comma is lost')).toBe('Implement a comma is lost (#7)');
  });

  test('holds no words that machines obey, and is one line whatever the title holds', () => {
    expect(subjectOf('Fast [skip ci] \n\n builds [ci skip]\u0000')).toBe('Implement fast builds (#7)');
    expect(subjectOf(`Long ${'x'.repeat(200)}`)?.length).toBeLessThan(80);
  });

  test.each([
    ['Tables, closes #12', 'Implement tables, closes # 12 (#7)'],
    ['#12 is back', 'Implement # 12 is back (#7)'],
    ['Ask @acme/owners', 'Implement ask @ acme/owners (#7)'],
    ['Fixes GH-12', 'Implement fixes GH- 12 (#7)'],
  ])('of an issue called “%s” closes no other issue and calls nobody', (title, subject) => {
    expect(subjectOf(title)).toBe(subject);
  });

  test('says whose commit it is in trailers', () => {
    const context = { state: { issue: null }, issueNumber: 7 } as StepContext;
    expect(writeCommitMessage(context, 'fix', TREE)).toBe(
      `Fix the change (#7)\n\nTamma-Issue: 7\nTamma-Phase: fix\nTamma-Tree: ${TREE}\n`,
    );
  });
});

describe('a branch name', () => {
  test.each([
    ['A quoted field with a comma', 'tamma/7-a-quoted-field-with-a-comma'],
    ['Größe & Länge', 'tamma/7-gro-e-la-nge'],
    ['$(rm -rf /) `x` ../..', 'tamma/7-rm-rf-x'],
    ['数を数える', 'tamma/7-change'],
    ['a'.repeat(47).concat(' bcd'), `tamma/7-${'a'.repeat(47)}`],
  ])('of “%s” is %s', (title, name) => {
    expect(writeBranchName(7, title)).toBe(name);
  });
});
