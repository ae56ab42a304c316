import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLogDatabase } from '../../src/app/open-log.ts';
import { callCli } from '../support/call-cli.ts';
import { openSample } from '../support/e2e/open-sample.ts';
import { createSampleProject, type SampleProject } from '../support/e2e/sample-project.ts';
import { createEventMaker, readAll } from '../support/new-events.ts';
import { createTestDatabase, hasPostgres, type TestDatabase } from '../support/postgres.ts';

it('says which variable is missing where the log is in PostgreSQL', () => {
  expect(() => openLogDatabase({})).toThrow(
    expect.objectContaining({ code: 'KEY_MISSING', help: expect.stringContaining('DATABASE_URL') }),
  );
});

describe.skipIf(!hasPostgres)('events.store: postgres', () => {
  let database: TestDatabase;
  let project: SampleProject;
  const configFile = join(tmpdir(), `tamma-postgres-${process.pid}.yml`);

  beforeAll(async () => {
    database = await createTestDatabase();
    project = await createSampleProject();
    await writeFile(configFile, 'version: 1\nevents: { store: postgres }\n');
  });
  afterAll(async () => {
    await project.remove();
    await database.remove();
    await rm(configFile);
  });

  const tamma = (...argv: string[]) =>
    callCli([...argv, '--repo', project.directory, '--config', configFile], {
      env: { DATABASE_URL: database.url, TAMMA_LOG_NAME: 'example.org/sample' },
    });

  it('puts the log and kept content into the database, and nothing onto a branch', async () => {
    const environment = { PATH: process.env.PATH, DATABASE_URL: database.url };
    const runtime = await openSample(project, { configFile, environment });
    expect([runtime.store.kind, runtime.content.kind]).toEqual(['postgres', 'table']);
    await runtime.store.append([createEventMaker().claim('1')]);
    const digest = await runtime.content.put('a prompt', 'prompt');
    await runtime.close();
    const again = await openSample(project, { configFile, environment });
    expect(await readAll(again.store)).toHaveLength(1);
    expect(await again.content.get(digest)).toBe('a prompt');
    expect(await project.git('branch', '--list', 'tamma-events')).toBe('');
    await again.close();
    const elsewhere = await openSample(project, {
      configFile,
      environment: { ...environment, TAMMA_LOG_NAME: 'example.org/other' },
    });
    expect(await readAll(elsewhere.store)).toEqual([]);
    await elsewhere.close();
  });

  it('is served by the commands of the log, and its tables by one of their own', async () => {
    const status = await tamma('events', 'migrate', 'status');
    expect(status).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('the tables are of version'),
    });
    expect(await tamma('events', 'migrate', 'down')).toMatchObject({ exitCode: 0 });
    expect(await tamma('events', 'list')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('tamma events migrate up'),
    });
    expect(await tamma('events', 'migrate', 'up')).toMatchObject({ exitCode: 0 });
    expect(await tamma('events', 'verify')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('there is no log yet'),
    });
    expect(await tamma('events', 'migrate', 'sideways')).toMatchObject({ exitCode: 2 });
  });
});
