import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openLocalLog } from '../../src/app/local-log.ts';
import { createSystemClock } from '../../src/hosts/system-clock.ts';
import { createGitRepository, type TestRepository } from '../support/git-repository.ts';
import { createRecordedRepository } from '../support/recorded-repository.ts';
import { createPlannedLog } from '../support/sample-loop.ts';

let repository: TestRepository;
beforeAll(async () => {
  repository = await createRecordedRepository(createPlannedLog());
});
afterAll(() => repository.remove());

async function isFound(environment: Record<string, string> = {}, remote?: string): Promise<boolean> {
  const { directory } = repository;
  const store = await openLocalLog({ directory, environment, clock: createSystemClock(), remote });
  await store?.close();
  return store !== undefined;
}

describe('a log for reading', () => {
  test('is opened without configuration and platform where the repository has no remote', async () => {
    expect(await isFound()).toBe(true);
  });

  test('is left to the whole of Tamma where more has to be known to find it', async () => {
    expect(await isFound({ DATABASE_URL: 'postgres://x' })).toBe(false);
    expect(await isFound({ TAMMA_CONFIG_PATH: 'x.yml' })).toBe(false);
    await repository.git(['remote', 'add', 'origin', 'https://forge.example/a/b.git']);
    expect(await isFound()).toBe(false);
    expect(await isFound({}, 'none')).toBe(true);
    expect(await isFound({ TAMMA_REMOTE: 'none' })).toBe(true);
    expect(await isFound({}, 'origin')).toBe(false);
    await repository.git(['remote', 'remove', 'origin']);
  });

  test('is not the branch that was left behind when the log moved to a database', async () => {
    await repository.commit('Move the log', { '.tamma/config.yml': 'events: { store: postgres }\n' });
    expect(await isFound()).toBe(false);
  });

  test('is none where there is none', async () => {
    const empty = await createGitRepository({ files: { a: 'b' } });
    const options = { directory: empty.directory, environment: {}, clock: createSystemClock() };
    expect(await openLocalLog(options)).toBeUndefined();
    await empty.remove();
    await expect(openLocalLog({ ...options, directory: '/nowhere' })).rejects.toMatchObject({
      code: 'NOT_A_REPOSITORY',
    });
  });
});
