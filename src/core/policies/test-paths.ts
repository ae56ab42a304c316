/** Where tests live and how they are called, by language. */
const folders =
  /(?:^|\/)(?:tests?|__tests__|__mocks__|__snapshots__|__fixtures__|e2e|integration-tests?|testdata|cypress)\//;
const specFolders = /(?:^|\/)specs?\/.*\.(?:[cm]?[jt]sx?|rb|py|php|cs|ex|exs|cr|lua|coffee)$/;
const files = [
  /[._-](?:test|tests|spec|e2e|cy|bench-test)\.[cm]?[jt]sx?$/, // JavaScript, TypeScript
  /(?:^|\/)(?:test|tests|spec)\.[cm]?[jt]sx?$/,
  /(?:^|\/)test[-_][^/]*\.[cm]?[jt]sx?$/,
  /(?:^|\/)test_[^/]*\.py$|_tests?\.py$|(?:^|\/)(?:conftest|tests)\.py$/, // Python
  /_test\.go$/, // Go
  /(?:_tests?|\/tests)\.rs$/, // Rust
  /_(?:spec|test)\.(?:rb|exs?|dart|cr|lua|php|cc|cpp|c)$/, // Ruby, Elixir, Dart, Crystal, Lua, PHP, C++
  /\.(?:bats|snap|feature|phpt)$|(?:^|\/)t\/[^/]+\.t$/,
];
/** Case tells a class `UserTest` from a class `Latest`. */
const classes =
  /(?:^|[a-z0-9_/])(?:Test|Tests|TestCase|IT|Spec|Specs)\.(?:java|kts?|groovy|scala|cs|fs|vb|swift|php)$|(?:^|\/)Test[A-Z][^/]*\.java$/;

/** `folded` is read on the path in lower case, `cased` on the path as it is. */
export const testPatterns = { folded: [folders, specFolders, ...files], cased: classes } as const;
