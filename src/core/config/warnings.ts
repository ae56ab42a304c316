import type { Config } from './schema.ts';

/** What is allowed and worth knowing before the first run. */
export function listWarnings(config: Config): string[] {
  const { budget, gates, approval, sandbox, providers } = config;
  const warnings: string[] = [];
  if (budget.perStepUsd > budget.perIssueUsd) {
    warnings.push(
      `budget.perStepUsd (${budget.perStepUsd}) is never reached: budget.perIssueUsd is ${budget.perIssueUsd}`,
    );
  }
  if (budget.perIssueUsd > budget.perDayUsd) {
    warnings.push(
      `budget.perIssueUsd (${budget.perIssueUsd}) is never reached: budget.perDayUsd is ${budget.perDayUsd}`,
    );
  }
  if (gates.coverage.minimum === null)
    warnings.push('gates.coverage.minimum is off; every pull request says so');
  if (approval.merge === 'auto')
    warnings.push('approval.merge is auto: a change of low risk is merged without a person');
  if (sandbox === 'best-effort')
    warnings.push(
      'sandbox is best-effort: where no sandbox is found, commands run with the rights of this process',
    );
  for (const [name, { baseUrl }] of Object.entries(providers)) {
    if (baseUrl && isPlainHttpAway(baseUrl))
      warnings.push(`providers.${name}.baseUrl sends the key and the code in the clear: use https://`);
  }
  return warnings;
}

function isPlainHttpAway(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === 'http:' && !/^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname);
}
