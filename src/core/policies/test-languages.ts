/** How tests look, by language: enough to count them, not to understand them. Patterns are global and linear. */
export type TestLanguage = {
  extensions: RegExp;
  /** Comments, blanked before counting: a test that is commented out is gone. */
  comments: RegExp;
  tests: RegExp;
  assertions: RegExp;
  skips: RegExp;
  /** Runs one test and leaves the others out. */
  focus: RegExp;
};

const slashes = /\/\*[\s\S]{0,20000}?\*\/|(?<![:'"`])\/\/[^\n]*/g;
const hashes = /(?<=^|\s)#[^\n]*/g;
const never = /(?!)/g;

export const testLanguages: readonly TestLanguage[] = [
  {
    extensions: /\.(?:[cm]?[jt]sx?|vue|svelte)$/,
    comments: slashes,
    tests: /(?<![\w.$])(?:it|test|specify)(?:\.(?:concurrent|sequential|each|for|prop|failing))*\s*[(`]/g,
    assertions:
      /(?<![\w$])(?:expect|assert|expectTypeOf|assertType)(?:\.[\w.]+)?\s*[(<]|\.should\b|(?<![\w$])t\.(?:is|not|deepEqual|like|true|false|truthy|falsy|throws|throwsAsync|equal|strictEqual|ok|match|snapshot)\s*\(/g,
    skips:
      /(?<![\w$])(?:it|test|describe|suite|context|t|specify)(?:\.\w+)*\.(?:skip|todo|skipIf|runIf|fails|fixme)\b|(?<![\w.$])x(?:it|test|describe|specify)\s*\(|\b(?:skip|todo)\s*:\s*(?:true|['"`])|\bthis\.skip\s*\(/g,
    focus:
      /(?<![\w$])(?:it|test|describe|suite|context|specify)(?:\.\w+)*\.only\b|(?<![\w.$])f(?:it|describe)\s*\(|\bonly\s*:\s*true/g,
  },
  {
    extensions: /\.py$/,
    comments: hashes,
    tests: /^\s*(?:async\s+)?def\s+test\w*\s*\(/gm,
    assertions: /\bassert\b|\.assert\w+\s*\(|\bpytest\.(?:raises|warns|approx)\b/g,
    skips:
      /@pytest\.mark\.(?:skip|skipif|xfail)\b|\bpytest\.(?:skip|xfail|importorskip)\s*\(|@(?:unittest\.)?(?:skip|skipIf|skipUnless|expectedFailure)\b|\.skipTest\s*\(/g,
    focus: never,
  },
  {
    extensions: /\.go$/,
    comments: slashes,
    tests: /^func\s+(?:Test|Fuzz|Example)\w*\s*\(|\bt\.Run\s*\(/gm,
    assertions: /\b[tb]\.(?:Error|Errorf|Fatal|Fatalf|Fail|FailNow)\s*\(|\b(?:assert|require|is)\.\w+\s*\(/g,
    skips: /\.Skip(?:f|Now)?\s*\(|testing\.Short\s*\(/g,
    focus: never,
  },
  {
    extensions: /\.rs$/,
    comments: slashes,
    tests: /#\[(?:\w+::)*(?:test|rstest|quickcheck|proptest)\b/g,
    assertions: /\b(?:debug_)?assert(?:_\w+)?!|\bpanic!|#\[should_panic/g,
    skips: /#\[ignore\b/g,
    focus: never,
  },
  {
    extensions: /\.(?:java|kts?|groovy|scala|cs|fs|vb)$/,
    comments: slashes,
    tests:
      /@(?:Test|ParameterizedTest|RepeatedTest|TestFactory|Property)\b|\[(?:Fact|Theory|Test|TestCase|TestMethod|DataTestMethod)\b/g,
    assertions:
      /\bassert\w*\s*[({]|\bAssert\w*\.\w+|\.(?:should|Should)\w*|\bverify\w*\s*\(|\bexpect\w*\s*\(/g,
    skips:
      /@(?:Disabled|Ignore|DisabledIf|EnabledIf)\w*|\[(?:Ignore|Explicit)\b|\bSkip\s*=|\bassum(?:e|ing)\w*\s*\(|\bAssume\.\w+/g,
    focus: never,
  },
  {
    extensions: /\.rb$/,
    comments: hashes,
    tests: /^\s*(?:it|specify|scenario|test|should)\b(?=[\s({"'])|^\s*def\s+test_\w+/gm,
    assertions: /\bexpect\s*[({]|\bassert\w*\b|\brefute\w*\b|\.should(?:_not)?\b|\bmust_\w+|\bwont_\w+/g,
    skips: /^\s*x(?:it|describe|context|specify)\b|\bskip\b|\bpending\b/gm,
    focus: /^\s*f(?:it|describe|context|specify)\b|\bfocus\s*:\s*true|:focus\b/gm,
  },
  {
    extensions: /\.php$/,
    comments: /\/\*(?!\*)[\s\S]{0,20000}?\*\/|(?<![:'"])\/\/[^\n]*/g,
    tests: /function\s+test\w*\s*\(|@test\b|#\[Test\b|(?<![\w>:$])(?:it|test)\s*\(/g,
    assertions: /(?:->|::)assert\w+\s*\(|(?:->|::)expect\w*\s*\(|(?<![\w>:$])expect\s*\(/g,
    skips: /markTest(?:Skipped|Incomplete)|->skip\s*\(|->todo\s*\(|@group\s+skip/g,
    focus: /->only\s*\(/g,
  },
  {
    extensions: /\.(?:exs?|swift|dart|c|cc|cpp|cxx|h|hpp|lua|bats|t)$/,
    comments: never,
    tests:
      /^\s*(?:test|it|@test|TEST(?:_[FP])?|TEST_CASE|testWidgets|group)\b\s*["'(]|\bfunc\s+test\w*\s*\(|^\s*@Test\b/gm,
    assertions:
      /\bassert\w*\b|\bexpect\w*\b|\bXCT\w+\s*\(|\b(?:EXPECT|ASSERT|REQUIRE|CHECK)\w*\s*\(|#expect\b|#require\b/g,
    skips: /@tag\s+:skip|\bskip\b|\bXCTSkip\w*|\bGTEST_SKIP\b|\bDISABLED_\w+|\.disabled\s*\(/g,
    focus: /\bsolo\s*:\s*true|@tag\s+:focus/g,
  },
];
