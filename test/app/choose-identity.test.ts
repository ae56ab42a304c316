import { describe, expect, test } from 'vitest';
import { chooseIdentity } from '../../src/app/choose-identity.ts';

const ada = { name: 'Ada', email: 'ada@example.org' };

describe('the identity Tamma commits with', () => {
  test('is the one of this run’s environment before the one git is configured with', () => {
    expect(chooseIdentity({}, ada)).toEqual(ada);
    expect(chooseIdentity({ GIT_AUTHOR_NAME: 'Bob' }, ada)).toEqual({
      name: 'Bob',
      email: 'ada@example.org',
    });
  });

  test('is the bot of GitHub Actions on a runner that has none', () => {
    expect(chooseIdentity({ GITHUB_ACTIONS: 'true' }, undefined)?.name).toBe('github-actions[bot]');
    expect(chooseIdentity({ GITHUB_ACTIONS: 'true' }, ada)).toEqual(ada);
  });

  test('is nobody elsewhere where none is configured', () => {
    expect(chooseIdentity({ GIT_AUTHOR_NAME: 'Bob' }, undefined)).toBeNull();
  });
});
