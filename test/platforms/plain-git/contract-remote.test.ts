import { describePlatform } from '../../contracts/platform.ts';
import { createPlainGitFixture } from '../../support/plain-git-platform.ts';

describePlatform('plain git with a remote over HTTP', () => createPlainGitFixture('http'));
