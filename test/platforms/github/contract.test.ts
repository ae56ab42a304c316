import { describePlatform } from '../../contracts/platform.ts';
import { createGitHubFixture } from '../../support/github-platform.ts';

describePlatform('GitHub', () => createGitHubFixture());
