import { describe, expect, it } from 'vitest';
import { parseProblems } from '../../src/gates/problems.ts';

describe('the places a failed build names', () => {
  it.each([
    ['tsc', 'src/a.ts(3,5): error TS2322: Type mismatch.', 'src/a.ts', 3, 'TS2322: Type mismatch.'],
    [
      'tsc for people',
      '\u001b[96msrc/a.ts\u001b[0m:\u001b[93m3\u001b[0m:5 - error TS2322: Type mismatch.',
      'src/a.ts',
      3,
      'TS2322: Type mismatch.',
    ],
    ['gcc', './src/a.c:7:3: error: expected ;', 'src/a.c', 7, 'expected ;'],
    ['javac', '/workspace/src/A.java:9: error: cannot find symbol', 'src/A.java', 9, 'cannot find symbol'],
    ['go', 'cmd/a.go:4:2: undefined: x', 'cmd/a.go', 4, 'undefined: x'],
    ['ruff', 'a/b.py:1:8: F401 `os` imported but unused', 'a/b.py', 1, 'F401 `os` imported but unused'],
    [
      'rustc',
      'error[E0425]: cannot find value `x`\n  --> src/main.rs:2:5',
      'src/main.rs',
      2,
      'cannot find value `x`',
    ],
  ])('are read from %s', (_, output, path, line, message) => {
    expect(parseProblems(`noise\n${output}\nmore noise`, '/ws')).toEqual([
      { severity: 'major', path, line, message },
    ]);
  });

  it('are given without path where the path is outside the project', () => {
    expect(parseProblems('/usr/include/x.h:1:1: error: boom', '/ws')).toEqual([
      { severity: 'major', message: 'boom' },
    ]);
  });

  it('are each given once, and not without end', () => {
    expect(parseProblems('a.ts(1,1): error X: y\na.ts(1,1): error X: y', '/ws')).toHaveLength(1);
    const many = Array.from({ length: 90 }, (_, index) => `a.ts(${index + 1},1): error X: y`).join('\n');
    expect(parseProblems(many, '/ws')).toHaveLength(30);
  });
});
