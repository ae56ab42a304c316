import type { LoopOutline } from '../../../core/state.ts';
import { renderStatus, renderStatusList } from '../../../report/status.ts';
import { type IssueStatus, readAllStatus, readStatus } from '../../status.ts';
import type { Command } from '../command.ts';
import { needOf, toOutputs } from '../step-result.ts';

export const statusCommand: Command = async ({ options, palette, runtime }) => {
  const { issue } = options;
  if (issue === undefined) {
    const all = await readAllStatus(await runtime());
    return { json: { issues: all.map(toShortJson) }, text: renderStatusList(all, palette) };
  }
  const status = await readStatus(await runtime(), issue);
  const need = needOf(status.state, palette);
  const shown = renderStatus(status.state, { issue, palette });
  const text = need.length > 0 ? [shown, '', ...need].join('\n') : shown;
  return { json: { ...toJson(status), state: status.state }, text };
};

function toJson({ issue, state, next }: IssueStatus) {
  return { ...toCommonJson({ issue, state, next }), escalation: state.escalation, steps: state.steps };
}

/** Of many: what each step said and found is told where one is asked for. */
function toShortJson(status: IssueStatus<LoopOutline>) {
  const { escalation } = status.state;
  const steps = Object.entries(status.state.steps).map(([id, record]) => {
    const { status: how, runs } = record;
    return [id, { status: how, runs }];
  });
  return { ...toCommonJson(status), escalation, steps: Object.fromEntries(steps) };
}

function toCommonJson({ issue, state, next }: IssueStatus<LoopOutline>) {
  return {
    issue,
    title: state.issue?.title ?? null,
    status: state.status,
    step: state.cursor,
    next,
    wait: state.wait,
    failedAttempts: state.failedAttempts,
    ...toOutputs(state),
    updatedAt: state.updatedAt,
  };
}
