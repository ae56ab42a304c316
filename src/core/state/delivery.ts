import type { Folds } from './fold.ts';

/** How the change gets out: pull request, merge, deployment. */
export const deliveryFolds = {
  'PR.CREATED.SUCCESS': (_, { data }) => ({
    pull: { number: data.number, url: data.url, headSha: data.headSha },
  }),
  'PR.UPDATED.SUCCESS': (_, { data }) => ({
    pull: { number: data.number, url: data.url, headSha: data.headSha },
  }),
  'CI.STATUS_CHANGED': (_, { data }) => ({ ci: data }),
  'PR.MERGED.SUCCESS': (_, { data }) => ({ mergeSha: data.mergeSha }),
  'EFFECT.INTENDED': (state, { data, timestamp }) =>
    state.cursor === 'DEPLOYMENT' && data.effects.includes('dispatch')
      ? { dispatchIntendedAt: state.dispatchIntendedAt ?? timestamp }
      : {},
  'DISPATCH.STARTED.SUCCESS': (_, { data, timestamp }) =>
    data.purpose === 'deployment'
      ? {
          deployment: { runId: data.runId, url: data.url ?? null, since: timestamp },
          dispatchIntendedAt: null,
        }
      : {},
  'DEPLOYMENT.COMPLETED.FAILED': (_, { data }) => ({
    deployment: null,
    dispatchIntendedAt: null,
    handOver: {
      reason: 'deployment-failed' as const,
      summary: `${data.workflow} on ${data.ref} failed${data.url ? `: ${data.url}` : ''}`,
    },
  }),
} as const satisfies Folds;
