import { renderStatus, renderStatusList } from '../../../report/status.ts';
import { type IssueStatus, readAllStatus, readStatus } from '../../status.ts';
import type { Command } from '../command.ts';
import { needOf, toOutputs } from '../step-result.ts';

export const statusCommand: Command = async ({ options, palette, runtime }) => {
  const { issue } = options;
  if (issue === undefined) {
    const all = await readAllStatus(await runtime());
    return { json: { issues: all.map(toJson) }, text: renderStatusList(all, palette) };
  }
  const status = await readStatus(await runtime(), issue);
  const need = needOf(status.state, palette);
  const shown = renderStatus(status.state, { issue, palette });
  const text = need.length > 0 ? [shown, '', ...need].join('\n') : shown;
  return { json: { ...toJson(status), state: status.state }, text };
};

function toJson({ issue, state, next }: IssueStatus) {
  return {
    issue,
    title: state.issue?.title ?? null,
    status: state.status,
    step: state.cursor,
    next,
    wait: state.wait,
    escalation: state.escalation,
    steps: state.steps,
    failedAttempts: state.failedAttempts,
    ...toOutputs(state),
    updatedAt: state.updatedAt,
  };
}
