import { describePlatform } from '../../contracts/platform.ts';
import { createPlainGitFixture } from '../../support/plain-git-platform.ts';

describePlatform('plain git in a checkout', () => createPlainGitFixture('checkout'));
describePlatform('plain git in a bare repository', () => createPlainGitFixture('bare'));
