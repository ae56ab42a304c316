/**
 * What guards Tamma and the repository, by folded path. `blocked`: Tamma never changes it. `needs-person`: it may, and a
 * person must look at exactly that. The first row that matches counts; exceptions are inputs of the workflow, never a
 * file of the repository (security.md rule 7, research 7.5.1).
 */
export type GuardRow = { decision: 'blocked' | 'needs-person'; pattern: RegExp; what: string };

const anywhere = (names: string) => new RegExp(`(?:^|/)(?:${names})$`);
const atRoot = (names: string) => new RegExp(`^(?:${names})$`);
const folder = (names: string) => new RegExp(`(?:^|/)(?:${names})/`);

export const guardedPaths: readonly GuardRow[] = [
  { decision: 'blocked', pattern: /(?:^|\/)\.git(?:\/|$)/, what: 'git’s own data' },
  { decision: 'blocked', pattern: /^\.tamma/, what: 'configuration of Tamma' },
  {
    decision: 'blocked',
    pattern: folder('\\.github|\\.gitlab|\\.gitea|\\.forgejo|\\.circleci|\\.woodpecker|\\.buildkite'),
    what: 'CI',
  },
  {
    decision: 'blocked',
    pattern: folder('\\.githooks|\\.husky|\\.cargo|\\.yarn|\\.mvn|\\.bundle'),
    what: 'hooks or package manager configuration',
  },
  {
    decision: 'blocked',
    pattern: folder(
      '\\.claude|\\.cursor|\\.gemini|\\.codex|\\.copilot|\\.windsurf|\\.clinerules|\\.roo|\\.vscode|\\.idea|\\.devcontainer',
    ),
    what: 'settings that editors and agents run',
  },
  { decision: 'blocked', pattern: /^\.[^/]+\//, what: 'a top-level dot directory' },
  {
    decision: 'blocked',
    pattern: atRoot(
      '\\.gitlab-ci\\.ya?ml|\\.gitlab-ci-[^/]+\\.ya?ml|azure-pipelines[^/]*\\.ya?ml|bitbucket-pipelines\\.ya?ml|jenkinsfile[^/]*|\\.travis\\.ya?ml|\\.drone\\.ya?ml|\\.woodpecker\\.ya?ml|appveyor\\.ya?ml|cloudbuild\\.ya?ml|\\.cirrus\\.ya?ml',
    ),
    what: 'CI',
  },
  { decision: 'blocked', pattern: atRoot('action\\.ya?ml'), what: 'the interface of an action' },
  {
    decision: 'blocked',
    pattern: anywhere('codeowners|\\.gitattributes|\\.gitmodules'),
    what: 'ownership or git attributes',
  },
  {
    decision: 'blocked',
    pattern: anywhere(
      '\\.npmrc|\\.yarnrc(?:\\.ya?ml)?|\\.pnpmfile\\.c?js|bunfig\\.toml|\\.pypirc|pip\\.conf|nuget\\.config|\\.bazelrc|\\.envrc|\\.netrc',
    ),
    what: 'package manager or credentials configuration',
  },
  {
    decision: 'blocked',
    pattern: anywhere(
      'agents\\.md|claude(?:\\.local)?\\.md|gemini\\.md|copilot-instructions\\.md|\\.cursorrules|\\.windsurfrules|\\.clinerules|\\.mcp\\.json|\\.aider[^/]*',
    ),
    what: 'instructions of agents',
  },

  {
    decision: 'needs-person',
    pattern: anywhere(
      'package\\.json|package-lock\\.json|npm-shrinkwrap\\.json|yarn\\.lock|pnpm-lock\\.yaml|pnpm-workspace\\.yaml|bun\\.lockb?|deno\\.jsonc?|deno\\.lock|lerna\\.json|nx\\.json|turbo\\.json',
    ),
    what: 'dependencies or scripts',
  },
  {
    decision: 'needs-person',
    pattern: anywhere(
      'pyproject\\.toml|setup\\.(?:py|cfg)|[^/]*requirements[^/]*\\.(?:txt|in)|constraints[^/]*\\.txt|pipfile(?:\\.lock)?|poetry\\.lock|uv\\.lock|pdm\\.lock|environment\\.ya?ml|manifest\\.in',
    ),
    what: 'dependencies or scripts',
  },
  {
    decision: 'needs-person',
    pattern: anywhere(
      'go\\.(?:mod|sum|work|work\\.sum)|cargo\\.(?:toml|lock)|build\\.rs|rust-toolchain(?:\\.toml)?|gemfile(?:\\.lock)?|[^/]+\\.gemspec|rakefile|composer\\.(?:json|lock)|mix\\.(?:exs|lock)|pubspec\\.(?:yaml|lock)|package\\.(?:swift|resolved)|podfile(?:\\.lock)?|[^/]+\\.cabal|stack\\.yaml|rebar\\.config',
    ),
    what: 'dependencies or scripts',
  },
  {
    decision: 'needs-person',
    pattern: anywhere(
      'pom\\.xml|[^/]+\\.gradle(?:\\.kts)?|gradle\\.properties|gradlew(?:\\.bat)?|mvnw(?:\\.cmd)?|gradle-wrapper\\.(?:jar|properties)|[^/]+\\.lockfile|libs\\.versions\\.toml|build\\.sbt|[^/]+\\.(?:cs|fs|vb)proj|[^/]+\\.(?:props|targets|sln|slnx)|packages\\.(?:lock\\.json|config)|global\\.json',
    ),
    what: 'dependencies or build',
  },
  {
    decision: 'needs-person',
    pattern: anywhere(
      '(?:gnu)?makefile|[^/]+\\.mk|cmakelists\\.txt|meson\\.build|justfile|taskfile\\.ya?ml|build(?:\\.bazel)?|workspace(?:\\.bazel)?|module\\.bazel|flake\\.(?:nix|lock)|(?:[^/]+\\.)?(?:dockerfile|containerfile)(?:\\.[^/]+)?|docker-compose[^/]*\\.ya?ml|compose\\.ya?ml|procfile|vagrantfile|tiltfile',
    ),
    what: 'build or containers',
  },
  {
    decision: 'needs-person',
    pattern: anywhere(
      '(?:vitest|vite|jest|karma|playwright|cypress|ava|wdio|nightwatch|rollup|rolldown|webpack|esbuild|babel|metro|eslint|prettier|stylelint|commitlint|lint-staged|tailwind|postcss|svelte|next|nuxt|astro)\\.(?:config|conf|workspace|setup)\\.[cm]?[jt]sx?|(?:jest|vitest)\\.setup\\.[cm]?[jt]sx?|gulpfile\\.[^/]+|gruntfile\\.[^/]+|tsconfig[^/]*\\.json|jsconfig\\.json|biome\\.jsonc?',
    ),
    what: 'configuration of tests, coverage, build or lint',
  },
  {
    decision: 'needs-person',
    pattern: anywhere(
      'pytest\\.ini|conftest\\.py|tox\\.ini|noxfile\\.py|mypy\\.ini|ruff\\.toml|codecov\\.ya?ml|sonar-project\\.properties|phpunit[^/]*\\.xml(?:\\.dist)?|phpstan[^/]*\\.neon(?:\\.dist)?|checkstyle[^/]*\\.xml|clippy\\.toml|rustfmt\\.toml|lefthook\\.ya?ml|renovate\\.json5?|nextest\\.toml|tarpaulin\\.toml',
    ),
    what: 'configuration of tests, coverage or lint',
  },
  {
    decision: 'needs-person',
    pattern: anywhere('security\\.md|licen[sc]e[^/]*|copying[^/]*|notice[^/]*'),
    what: 'a legal or security statement',
  },
  { decision: 'needs-person', pattern: /(?:^|\/)\.[^/]+$/, what: 'a dot file' },
];
