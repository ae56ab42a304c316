import type { LabelPort } from '../../ports/platform/issues.ts';
import { toActor } from './actors.ts';
import { timelineEvent } from './answers.ts';
import type { Api } from './request.ts';

export function createLabelPort(api: Api): LabelPort {
  return {
    async setBy(number, label) {
      const events = await api.list(
        timelineEvent,
        'GET /repos/{owner}/{repo}/issues/{issue_number}/timeline',
        {
          issue_number: number,
        },
      );
      const last = events.findLast(
        ({ event, label: named }) => event === 'labeled' && named?.name.toLowerCase() === label.toLowerCase(),
      );
      return last?.actor ? toActor(last.actor) : undefined;
    },
  };
}
