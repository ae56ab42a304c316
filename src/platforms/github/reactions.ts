import type { ReactionPort } from '../../ports/platform/issues.ts';
import { anything } from './answers.ts';
import { converge } from './converge.ts';
import type { Api } from './request.ts';

const ROUTES = {
  comment: 'POST /repos/{owner}/{repo}/issues/comments/{comment_id}/reactions',
  'review-comment': 'POST /repos/{owner}/{repo}/pulls/comments/{comment_id}/reactions',
} as const;

/** GitHub keeps one reaction of a kind per account and answers 200 to the second. */
export function createReactionPort(api: Api): ReactionPort {
  return {
    async add({ kind, id }, reaction) {
      await converge(api, () => api.write(anything, ROUTES[kind], { comment_id: id, content: reaction }));
    },
  };
}
