import { afterAll, beforeAll, beforeEach, describe, vi } from 'vitest';
import { createPeopleHome, type PeopleHome } from '../../support/people-home.ts';
import { describeApprovals } from './people/approvals.ts';
import { describeCommands } from './people/commands.ts';
import { describeLimits } from './people/limits.ts';
import { describeRefusals } from './people/refusals.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });

let home: PeopleHome;
beforeAll(async () => {
  home = await createPeopleHome();
  home.person('alice');
});
afterAll(() => home.close());
beforeEach(() => home.reset());

describe('people', () => describeCommands(() => home));
describe('people', () => describeApprovals(() => home));
describe('people', () => describeRefusals(() => home));
describe('people', () => describeLimits(() => home));
