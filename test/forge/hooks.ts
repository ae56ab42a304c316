import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { toPattern, toProtection } from './model/rules.ts';
import type { Protection, Repository } from './state.ts';

/**
 * A real pre-receive hook: refuses workflow files without the permission for them, and pushes to protected branches,
 * in GitHub's words. It reads `forge-protected`, which `writeProtections` keeps.
 */
const PRE_RECEIVE = `#!/bin/sh
zero=0000000000000000000000000000000000000000
while read -r old new ref; do
  if [ "$FORGE_WORKFLOWS" = no ] && [ "$new" != "$zero" ]; then
    base=$old
    [ "$old" = "$zero" ] && base=$(git merge-base HEAD "$new" 2>/dev/null || git hash-object -t tree /dev/null)
    file=$(git diff-tree -r --name-only "$base" "$new" -- .github/workflows | head -n 1)
    if [ -n "$file" ]; then
      echo "refusing to allow a GitHub App to create or update workflow \\\`$file\\\` without \\\`workflows\\\` permission" >&2
      exit 1
    fi
  fi
  rule=none
  [ -f "$GIT_DIR/forge-protected" ] && while read -r pattern kind; do
    case $ref in $pattern) [ "$rule" = pull ] || rule=$kind ;; esac
  done < "$GIT_DIR/forge-protected"
  case $rule in
    pull)
      echo "error: GH006: Protected branch update failed for $ref." >&2
      echo "error: Changes must be made through a pull request." >&2
      exit 1 ;;
    force)
      if [ "$new" = "$zero" ] || { [ "$old" != "$zero" ] && ! git merge-base --is-ancestor "$old" "$new"; }; then
        echo "error: GH006: Protected branch update failed for $ref." >&2
        echo "error: Cannot force-push to this branch" >&2
        exit 1
      fi ;;
  esac
done
`;

export async function installHooks({ git }: Repository): Promise<void> {
  const file = join(git.directory, 'hooks', 'pre-receive');
  await writeFile(file, PRE_RECEIVE);
  await chmod(file, 0o755);
}

/** Tells the hook which branches are protected: patterns of the shell, with what they forbid. */
export async function writeProtections(repository: Repository): Promise<void> {
  const { git, protections, rulesets } = repository;
  const patterns = [
    ...[...protections].map(([branch, rules]) => [`refs/heads/${branch}`, rules] as const),
    ...rulesets
      .filter(({ target, enforcement }) => target === 'branch' && enforcement === 'active')
      .flatMap(({ include, rules }) =>
        include.map((pattern) => [toPattern(repository, pattern), toProtection(rules)] as const),
      ),
  ];
  const lines = patterns.map(([pattern, rules]) => {
    if (needsPull(rules)) return `${pattern} pull\n`;
    return rules.allowForcePushes ? '' : `${pattern} force\n`;
  });
  await writeFile(join(git.directory, 'forge-protected'), lines.join(''));
}

export function needsPull({ requirePull, requiredReviews, requiredChecks }: Protection): boolean {
  return requirePull || requiredReviews > 0 || requiredChecks.length > 0;
}
