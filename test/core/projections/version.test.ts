import { expect, test } from 'vitest';
import { findFoldVersion } from '../../../.build/fold-version.ts';
import { activityProjection } from '../../../src/core/projections/activity.ts';
import { issuesProjection } from '../../../src/core/projections/issues.ts';

test('every projection has the version of the code it is folded by: `npm run build` writes it', async () => {
  const version = await findFoldVersion();
  expect([issuesProjection.version, activityProjection.version]).toEqual([version, version]);
});
