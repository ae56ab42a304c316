import { describe, expect, test } from 'vitest';
import { countPatch } from '../../../src/core/text/patch-statistics.ts';

describe('the size of a diff', () => {
  test('counts files and lines, and takes no content for a header', () => {
    const patch = [
      'diff --git a/a.sql b/a.sql',
      '--- a/a.sql',
      '+++ b/a.sql',
      '@@ -1,3 +1,3 @@ diff --git',
      ' one',
      '--- an SQL comment',
      '+++ increment',
      ' three',
      'diff --git a/b b/b',
      'new file mode 100644',
      '--- /dev/null',
      '+++ b/b',
      '@@ -0,0 +1 @@',
      '+@@ -1 +1 @@',
      '\\ No newline at end of file',
      'diff --git a/c.png b/c.png',
      'Binary files differ',
      '',
    ].join('\n');
    expect(countPatch(patch)).toEqual({ files: 3, added: 2, removed: 1 });
  });

  test('of nothing is nothing', () => {
    expect(countPatch('')).toEqual({ files: 0, added: 0, removed: 0 });
  });
});
