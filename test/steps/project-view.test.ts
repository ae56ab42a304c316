import { describe, expect, test } from 'vitest';
import { findNamedFiles } from '../../src/steps/project-view.ts';

const paths = ['README.md', 'src/index.js', 'src/parse.js', 'test/index.js', 'Makefile', 'docs/parse.md'];

describe('files that an issue names', () => {
  test('are found by path, also in the middle of a sentence', () => {
    expect(findNamedFiles('See `src/parse.js`, line 3.', paths)).toEqual(['src/parse.js']);
  });

  test('are found by file name where there is only one of it', () => {
    expect(findNamedFiles('parse.js splits wrongly (README.md says otherwise)', paths)).toEqual([
      'README.md',
      'src/parse.js',
    ]);
    expect(findNamedFiles('index.js is wrong', paths)).toEqual([]);
  });

  test('without a dot in their name are found by their whole path only', () => {
    expect(findNamedFiles('the parse step; no Makefile', paths)).toEqual(['Makefile']);
    expect(findNamedFiles('nothing here', paths)).toEqual([]);
  });

  test('are at most twenty', () => {
    const many = Array.from({ length: 30 }, (_, index) => `src/f${index}.js`);
    expect(findNamedFiles(many.join(' '), many)).toHaveLength(20);
  });
});
