import { describe, expect, test } from 'vitest';
import { parseAnswers } from '../../src/app/answers.ts';
import type { Question } from '../../src/core/events/parts.ts';

const files: Question = { id: 'q1', question: 'Which files?', choices: ['CSV', 'JSON', 'all'] };
const quotes: Question = { id: 'q2', question: 'What about quotes?', choices: ['double them', 'keep them'] };

const answersOf = (text: string, questions: Question[] = [files, quotes]) => {
  const parsed = parseAnswers(text, questions);
  return parsed.ok ? parsed.answers.map(({ answer }) => answer) : parsed.reason;
};

describe('answers as people type them', () => {
  test.each([
    ['by number', 'q1=2 q2=1', ['JSON', 'double them']],
    ['by letter', 'q1=c q2=B', ['all', 'keep them']],
    ['in their own words', 'q1=only the new ones q2=drop them', ['only the new ones', 'drop them']],
    ['in quotes', 'q1="only the new ones" q2="2"', ['only the new ones', 'keep them']],
    ['in any order, with colons, on several lines', 'Q2: 2\nq1 = 1', ['CSV', 'keep them']],
    ['with a number that is no choice as it is', 'q1=9 q2=1', ['9', 'double them']],
  ])('are taken %s', (_, text, expected) => {
    expect(answersOf(text)).toEqual(expected);
  });

  test('need no name where there is one question', () => {
    expect(answersOf('3', [files])).toEqual(['all']);
    expect(answersOf('those of last week', [files])).toEqual(['those of last week']);
  });

  test.each([
    ['q1=1', /^q2 has no answer: What about quotes\?/],
    ['q1= q2=1', /^q1 has no answer: Which files\?/],
    ['q1=1 q2=1 q4=2', /^there is no q4/],
    ['2', /q1 has no answer.*; q2 has no answer/],
  ])('“%s” is refused with what is missing', (text, reason) => {
    expect(answersOf(text)).toMatch(reason);
  });

  test('are kept up to two thousand characters', () => {
    expect(answersOf('x'.repeat(3000), [files])).toEqual(['x'.repeat(2000)]);
  });
});
