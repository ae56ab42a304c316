import type { Deployment, DeploymentPort } from '../../ports/platform/ci.ts';
import { deployment, deploymentStatus } from './answers.ts';
import type { Api } from './request.ts';

const states: Readonly<Record<string, Deployment['status']>> = {
  success: 'passed',
  failure: 'failed',
  error: 'failed',
  /** Another deployment has taken its place, so it had come through. */
  inactive: 'passed',
};

export function createDeploymentPort(api: Api): DeploymentPort {
  return {
    async find({ sha, environment }) {
      const [newest] = await api.list(
        deployment,
        'GET /repos/{owner}/{repo}/deployments',
        { sha, environment, per_page: 1 },
        { maxPages: 1 },
      );
      if (!newest) return undefined;
      const [status] = await api.list(
        deploymentStatus,
        'GET /repos/{owner}/{repo}/deployments/{deployment_id}/statuses',
        { deployment_id: newest.id, per_page: 1 },
        { maxPages: 1 },
      );
      const url = status?.environment_url || status?.log_url;
      return {
        id: String(newest.id),
        environment: newest.environment,
        status: states[status?.state ?? ''] ?? 'pending',
        ...(url ? { url } : {}),
      };
    },
  };
}
