import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareManifests, isForeignSource } from '../../../src/core/policies/manifest.ts';
import { compareTests, compareThresholds } from '../../../src/core/policies/test-strength.ts';

const kindsOf = (path: string, before: string | null, after: string | null) =>
  compareTests([{ path, before, after }]).map(({ kind }) => kind);

/** One test with two assertions, in every language; what takes strength from it. */
const samples = [
  {
    path: 'a.test.ts',
    whole: "test('adds', () => {\n  expect(1 + 1).toBe(2);\n  expect(2).toBe(2);\n});\n",
    skipped:
      "test.skip('adds', () => {\n  expect(1 + 1).toBe(2);\n  expect(2).toBe(2);\n});\ntest('b', () => {});\n",
  },
  {
    path: 'test_a.py',
    whole: 'def test_adds():\n    assert 1 + 1 == 2\n    assert 2 == 2\n',
    skipped: '@pytest.mark.skip\ndef test_adds():\n    assert 1 + 1 == 2\n    assert 2 == 2\n',
  },
  {
    path: 'a_test.go',
    whole: 'func TestAdds(t *testing.T) {\n\tassert.Equal(t, 2, 1+1)\n\tif 2 != 2 { t.Fatal("no") }\n}\n',
    skipped:
      'func TestAdds(t *testing.T) {\n\tt.Skip("later")\n\tassert.Equal(t, 2, 1+1)\n\tif 2 != 2 { t.Fatal("no") }\n}\n',
  },
  {
    path: 'tests/a.rs',
    whole: '#[test]\nfn adds() {\n    assert_eq!(1 + 1, 2);\n    assert!(true);\n}\n',
    skipped: '#[test]\n#[ignore]\nfn adds() {\n    assert_eq!(1 + 1, 2);\n    assert!(true);\n}\n',
  },
  {
    path: 'ATest.java',
    whole: '@Test\nvoid adds() {\n  assertEquals(2, 1 + 1);\n  assertTrue(true);\n}\n',
    skipped: '@Test\n@Disabled\nvoid adds() {\n  assertEquals(2, 1 + 1);\n  assertTrue(true);\n}\n',
  },
  {
    path: 'a_spec.rb',
    whole: "it 'adds' do\n  expect(1 + 1).to eq(2)\n  expect(2).to eq(2)\nend\n",
    skipped: "it 'adds' do\n  skip 'later'\n  expect(1 + 1).to eq(2)\n  expect(2).to eq(2)\nend\n",
  },
  {
    path: 'ATest.php',
    whole: 'public function testAdds() {\n  $this->assertSame(2, 1 + 1);\n  self::assertTrue(true);\n}\n',
    skipped:
      "public function testAdds() {\n  $this->markTestSkipped('later');\n  $this->assertSame(2, 1 + 1);\n  self::assertTrue(true);\n}\n",
  },
  {
    path: 'ATests.swift',
    whole: 'func testAdds() {\n  XCTAssertEqual(2, 1 + 1)\n  XCTAssertTrue(true)\n}\n',
    skipped:
      'func testAdds() {\n  throw XCTSkip("later")\n  XCTAssertEqual(2, 1 + 1)\n  XCTAssertTrue(true)\n}\n',
  },
] as const;

describe.each(samples)('tests in $path', ({ path, whole, skipped }) => {
  const lines = whole.split('\n');

  test('that stay the same or grow are fine', () => {
    expect(kindsOf(path, whole, whole)).toEqual([]);
    expect(kindsOf(path, whole, whole + whole)).toEqual([]);
    expect(kindsOf(path, null, whole)).toEqual([]);
  });

  test('are weaker when a test goes, when an assertion goes, when one is skipped, when all go', () => {
    expect(kindsOf(path, whole + whole, whole)).toEqual(['fewer-tests', 'fewer-assertions']);
    const assertions = lines.filter((line) => /expect|assert|Fatal/i.test(line));
    const fewer = lines.filter((line) => line !== assertions.at(-1)).join('\n');
    expect(kindsOf(path, whole, fewer)).toEqual(['fewer-assertions']);
    expect(kindsOf(path, whole, skipped)).toContain('more-skips');
    expect(kindsOf(path, whole, '')).toContain('fewer-tests');
    expect(kindsOf(path, whole, null)).toEqual(['deleted']);
  });
});

describe('tests', () => {
  test('that are commented out are gone', () => {
    const before = "test('a', () => { expect(1).toBe(1); });\n";
    expect(kindsOf('a.test.ts', before, `// ${before}`)).toEqual(['fewer-tests', 'fewer-assertions']);
    expect(kindsOf('a.test.ts', before, `/* ${before} */`)).toEqual(['fewer-tests', 'fewer-assertions']);
    expect(kindsOf('test_a.py', 'def test_a():\n  assert 1\n', '# def test_a():\n  # assert 1\n')).toEqual([
      'fewer-tests',
      'fewer-assertions',
    ]);
  });

  test.each([
    "it.only('a', () => {});",
    "fdescribe('a', () => {});",
    "describe.only('a', () => {});",
    "test('a', { only: true }, () => {});",
  ])('%s keeps the others from running', (text) => {
    expect(kindsOf('a.spec.ts', "it('a', () => {});", `it('a', () => {});\n${text}`)).toContain('focused');
  });

  test.each([
    "it.todo('a')",
    "xit('a', () => {})",
    "describe.skip('a', () => {})",
    "test.skipIf(true)('a')",
    "test('a', { skip: true }, f)",
    "test.fails('a')",
  ])('%s is a skip', (text) => {
    expect(kindsOf('a.spec.ts', "it('a', () => {});", `it('a', () => {});\n${text}`)).toContain('more-skips');
  });

  test('a new file may not bring skips', () => {
    expect(kindsOf('a.test.ts', null, "test.skip('a', () => {});")).toEqual(['more-skips']);
  });

  test('a test file that only moved is not weaker', () => {
    const content = "test('a', () => { expect(1).toBe(1); });\n";
    const moved = [
      { path: 'old.test.ts', before: content, after: null },
      { path: 'new.test.ts', before: null, after: content },
    ];
    expect(compareTests(moved)).toEqual([]);
  });

  test('a fixture that goes is a deletion without a number of tests', () => {
    expect(compareTests([{ path: 'test/data.json', before: '{}', after: null }])).toEqual([
      { path: 'test/data.json', kind: 'deleted', before: 0, after: 0, message: 'test/data.json is deleted' },
    ]);
    expect(kindsOf('test/data.json', '{}', '[]')).toEqual([]);
  });

  test('taking any line with a test out of a file is seen', () => {
    const line = fc.integer({ min: 0, max: 9 });
    const file = Array.from(
      { length: 10 },
      (_, index) => `test('${index}', () => { expect(${index}).toBe(${index}); });`,
    );
    fc.assert(
      fc.property(line, (gone) => {
        const after = file.filter((_, index) => index !== gone).join('\n');
        return kindsOf('a.test.ts', file.join('\n'), after).includes('fewer-tests');
      }),
    );
  });
});

describe('limits of coverage', () => {
  test.each([
    [
      'vitest.config.ts',
      'thresholds: { lines: 85, branches: 80 }',
      'thresholds: { lines: 0, branches: 80 }',
      ['lines'],
    ],
    ['jest.config.js', '"coverageThreshold": { "global": { "lines": 90 } }', '{}', ['lines']],
    ['.coveragerc', 'fail_under = 90', 'fail_under = 50', ['fail_under']],
    ['pyproject.toml', '--cov-fail-under=90', '--cov-fail-under=91', []],
    ['codecov.yml', 'target: 80%', 'target: 80%', []],
  ])('%s: what goes down or away is named', (path, before, after, names) => {
    const found = compareThresholds([{ path, before, after }]);
    expect(found.map(({ message }) => names.find((name) => message.includes(name)))).toEqual(names);
    expect(found.every(({ kind }) => kind === 'lower-threshold')).toBe(true);
  });

  test('a configuration that is deleted takes its limits with it, a new one takes none', () => {
    expect(compareThresholds([{ path: '.coveragerc', before: 'fail_under = 90', after: null }])).toHaveLength(
      1,
    );
    expect(compareThresholds([{ path: '.coveragerc', before: null, after: 'fail_under = 90' }])).toEqual([]);
  });
});

describe('a changed package.json', () => {
  const before = JSON.stringify({ scripts: { test: 'node --test' }, dependencies: { zod: '4.0.0' } });
  const rulesOf = (after: unknown, old: string | null = before) =>
    compareManifests(old, JSON.stringify(after)).map(({ rule, name }) => `${rule} ${name}`);

  test.each([
    ['scripts that people run', { scripts: { test: 'vitest', lint: 'x' } }, []],
    ['a script that npm runs', { scripts: { postinstall: 'node .x.js' } }, ['LIFECYCLE_SCRIPT postinstall']],
    ['a new dependency', { dependencies: { zod: '4.0.0', yaml: '2.0.0' } }, ['NEW_DEPENDENCY yaml']],
    ['a new version', { dependencies: { zod: '4.1.0' } }, []],
    ['a dependency from elsewhere', { devDependencies: { a: 'github:o/a#1' } }, ['FOREIGN_DEPENDENCY a']],
    ['a version that becomes a source', { dependencies: { zod: 'npm:evil@1' } }, ['FOREIGN_DEPENDENCY zod']],
  ])('with %s is described', (_, after, expected) => {
    expect(rulesOf(after)).toEqual(expected);
  });

  test('that is new or broken is described as well', () => {
    expect(rulesOf({ scripts: { prepare: 'x' } }, null)).toEqual(['LIFECYCLE_SCRIPT prepare']);
    expect(compareManifests(before, '{')).toEqual([expect.objectContaining({ rule: 'MANIFEST_INVALID' })]);
    expect(rulesOf({ scripts: { prepare: 'x' } }, 'not json')).toEqual(['LIFECYCLE_SCRIPT prepare']);
    expect(rulesOf({ dependencies: 5 })).toEqual([]);
  });

  test.each(['^1.2.3', '1.x', '*', 'latest', '>=1 <2', 'workspace:*', '1.2.3-beta.1'])(
    '%s is a version',
    (source) => {
      expect(isForeignSource(source)).toBe(false);
    },
  );

  test.each([
    'github:o/r',
    'o/r',
    'git+ssh://x',
    'https://x/y.tgz',
    'file:../x',
    './x',
    'npm:other@1',
    'x.tgz',
    'link:../x',
  ])('%s is a foreign source', (source) => {
    expect(isForeignSource(source)).toBe(true);
  });
});
