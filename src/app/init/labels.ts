import type { LabelRow } from '../github-site.ts';

/** Labels with a meaning of their own (contract: "Commands people give"); colours are hex without `#`, as GitHub has them. */
const fixed: readonly LabelRow[] = [
  { name: 'tamma:active', color: '5319e7', description: 'Tamma is working on it' },
  { name: 'tamma:needs-input', color: 'fbca04', description: 'Tamma waits for an answer or an approval' },
  { name: 'needs-human-review', color: 'd93f0b', description: 'Tamma cannot go on: a person is needed' },
  { name: 'tamma:done', color: '0e8a16', description: 'Merged by Tamma' },
  {
    name: 'skip-questions',
    color: 'c5def5',
    description: 'Tamma: do not ask, decide and say what was decided',
  },
  {
    name: 'proceed-despite-ambiguity',
    color: 'c5def5',
    description: 'Tamma: go on although the issue leaves something open',
  },
  {
    name: 'design-options-needed',
    color: 'c5def5',
    description: 'Tamma: show several designs to choose from',
  },
];

/** `include`: `labels.include` of the configuration, which make an issue eligible. */
export function labelRows(include: readonly string[]): LabelRow[] {
  const eligible = include.map((name) => ({ name, color: '8250df', description: 'Tamma may work on it' }));
  return [...eligible, ...fixed];
}
