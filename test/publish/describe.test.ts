import { expect, it } from 'vitest';
import { describeIntents } from '../../src/publish/describe.ts';

const sha = (digit: string) => digit.repeat(40);

it('says what would be published, one line an effect and texts below', () => {
  const text = describeIntents([
    {
      kind: 'branch',
      name: 'tamma/1-x',
      head: sha('a'),
      expected: null,
      baseSha: sha('0'),
      commits: [{ sha: sha('a'), message: 'Add tests' }],
    },
    { kind: 'branch', name: 'tamma/1-x', head: sha('b'), expected: sha('a'), baseSha: sha('0'), commits: [] },
    {
      kind: 'pull-request',
      issue: 1,
      branch: 'tamma/1-x',
      base: 'main',
      head: sha('b'),
      title: 'T',
      body: 'One\n\nTwo',
      draft: true,
      labels: ['l'],
    },
    {
      kind: 'issue',
      number: 1,
      assign: 'self',
      addLabels: ['a', 'b'],
      removeLabels: ['c'],
      comment: { marker: 'm', body: 'Text' },
      close: { reason: 'completed' },
    },
    { kind: 'issue', number: 2 },
    { kind: 'create-issue', marker: 'm', title: 'Part', body: '', labels: [] },
    {
      kind: 'merge',
      pull: 1,
      branch: 'tamma/1-x',
      base: 'main',
      expectedHead: sha('b'),
      method: 'squash',
      title: 'T',
      body: '',
    },
    { kind: 'delete-branch', name: 'tamma/1-x', expected: sha('b') },
  ]);
  expect(text).toBe(`create branch tamma/1-x at aaaaaaaaaaaa
    aaaaaaaaaaaa Add tests
move branch tamma/1-x from aaaaaaaaaaaa to bbbbbbbbbbbb
draft pull request from tamma/1-x into main: “T” [l]
    One

    Two
assign issue #1 to Tamma
label issue #1: a, b
take labels off issue #1: c
comment “m” on #1
    Text
close issue #1: completed
nothing on issue #2
open issue “Part”
merge pull request 1 at bbbbbbbbbbbb into main by squash: “T”
delete branch tamma/1-x at bbbbbbbbbbbb`);
  expect(describeIntents([])).toBe('nothing would be published');
});
