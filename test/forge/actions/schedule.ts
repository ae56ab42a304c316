import type { ForgeCore } from '../core.ts';
import { frameOf } from '../model/events.ts';
import { createRun } from '../model/runs.ts';
import type { Repository } from '../state.ts';
import { ACTIONS_BOT } from '../world.ts';
import { listWorkflowFiles } from './workflow-file.ts';

/** The clock strikes: a run of every workflow with a schedule, on the default branch. */
export async function strike(core: ForgeCore, repository: Repository): Promise<void> {
  const { world } = core;
  const actor = { user: ACTIONS_BOT, kind: 'pat' as const };
  const place = { world, repository, actor };
  const ref = `refs/heads/${repository.defaultBranch}`;
  const sha = await repository.git.find(ref);
  for (const file of await listWorkflowFiles(repository, sha ?? '')) {
    const trigger = file.on.schedule;
    if (!trigger || !sha) continue;
    const payload = { ...frameOf(place, undefined), schedule: trigger.cron };
    createRun(place, { file, event: 'schedule', ref, sha, payload, actor });
  }
  await core.tellEvents();
}
