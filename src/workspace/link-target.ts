/**
 * Why a link of a commit is not made in the folder, or undefined. A link may climb first and then only descend: then
 * no chain of such links leads out, because none ever climbs from where another one led.
 */
export function findLinkProblem(path: string, target: string): string | undefined {
  if (target === '' || target.includes('\0')) return 'it leads nowhere';
  if (target.startsWith('/')) return 'it leads out of the repository';
  const steps = target.split('/').filter((step) => step !== '' && step !== '.');
  const climbs = steps.findIndex((step) => step !== '..');
  const up = climbs < 0 ? steps.length : climbs;
  if (up > path.split('/').length - 1) return 'it leads out of the repository';
  if (steps.slice(up).includes('..')) return 'it climbs after it has descended';
  return steps.some((step) => step.toLowerCase() === '.git') ? 'it leads into the git directory' : undefined;
}
