/** Events that can mean work for issues kept in git: somebody pushed one, asked for a run, or it is time. */
const WAKING = [
  'push',
  'schedule',
  'workflow_dispatch',
  'repository_dispatch',
  'workflow_run',
  'deployment_status',
];

/**
 * Why this run has nothing to do, told from its environment alone, before anything is loaded; undefined where it has.
 * Only `command: auto` without an issue is decided by the event: who says what to do is obeyed.
 */
export function findIdleReason(
  environment: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const { INPUT_COMMAND = 'auto', INPUT_ISSUE = '', GITHUB_EVENT_NAME = '' } = environment;
  if (INPUT_COMMAND.trim() !== 'auto' || INPUT_ISSUE.trim() !== '') return undefined;
  if (GITHUB_EVENT_NAME === '' || WAKING.includes(GITHUB_EVENT_NAME)) return undefined;
  return `nothing to do: ${GITHUB_EVENT_NAME.replace(/[^a-z_]/g, '')} is no event that Tamma acts on`;
}
