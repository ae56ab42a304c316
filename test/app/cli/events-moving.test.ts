import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { listJournals } from '../../../src/app/journal.ts';
import { journalFolders, recordEvents } from '../../../src/app/record-events.ts';
import { sha256 } from '../../../src/core/digest.ts';
import { TammaError } from '../../../src/core/errors.ts';
import { callCli } from '../../support/call-cli.ts';
import { createEventLog } from '../../support/event-log.ts';
import type { TestRepository } from '../../support/git-repository.ts';
import { createEventMaker } from '../../support/new-events.ts';
import { createRecordedRepository, openRuntime } from '../../support/recorded-repository.ts';
import { createPlannedLog } from '../../support/sample-loop.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const make = createEventMaker();
const log = createPlannedLog();
let folder: string;
let planned: TestRepository;
let fresh: TestRepository;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tamma-moving-'));
  planned = await createRecordedRepository(log);
});
beforeEach(async () => {
  fresh = await createRecordedRepository(createEventLog());
  return () => fresh.remove();
});
afterAll(async () => {
  await planned.remove();
  await rm(folder, { recursive: true, force: true });
});

const at = (repository: TestRepository, ...argv: string[]) =>
  callCli([...argv, '--repo', repository.directory]);
const json = async (repository: TestRepository, ...argv: string[]) => {
  const { stdout, exitCode } = await at(repository, ...argv, '--json');
  return { exitCode, document: JSON.parse(stdout) };
};

describe('tamma events export and import', () => {
  test('carry a log to another place byte by byte, and say what they did', async () => {
    const output = join(folder, 'log.ndjson');
    const exported = await json(planned, 'events', 'export', '--output', output);
    const text = readFileSync(output, 'utf8');
    expect(exported.document).toMatchObject({
      ...{
        format: 'ndjson',
        events: 15,
        first: 1,
        last: 15,
        bytes: Buffer.byteLength(text),
        sha256: sha256(text),
      },
    });
    const tried = await at(fresh, 'events', 'import', output, '--dry-run');
    expect(tried.stdout).toMatch(/^✓ 15 events would be imported into .*; nothing was written\n$/);
    const imported = await json(fresh, 'events', 'import', output);
    expect(imported.document).toMatchObject({ events: 15, already: 0, imported: 15, head: { position: 15 } });
    expect((await at(fresh, 'events', 'export')).stdout).toBe(text);
    expect(await at(fresh, 'events', 'verify')).toMatchObject({ exitCode: 0 });
    expect((await at(fresh, 'events', 'import', output)).stdout).toMatch(
      /^✓ nothing to import: .* already \(15 events\)/,
    );
  });

  test('refuse a file that is no whole log, and leave the log as it was', async () => {
    const part = join(folder, 'part.ndjson');
    await at(planned, 'events', 'export', '--output', part, '--after', '3');
    const { exitCode, stderr } = await at(fresh, 'events', 'import', part);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/it begins at position 4, and .* ends at 0/);
    expect(stderr).toContain('→ Import a whole log as `tamma events export --format ndjson` writes it');
    expect((await json(fresh, 'events', 'list')).document).toEqual({ events: [] });
    expect(await at(fresh, 'events', 'import', join(folder, 'nothing'))).toMatchObject({ exitCode: 2 });
    expect(await at(fresh, 'events', 'import', folder)).toMatchObject({ exitCode: 2 });
  });

  test('leave no half of a file where the export fails', async () => {
    const output = join(folder, 'no', 'such', 'folder.ndjson');
    expect(await at(planned, 'events', 'export', '--output', output)).toMatchObject({ exitCode: 2 });
    expect(await at(planned, 'events', 'export', '--output', '/dev/null')).toMatchObject({ exitCode: 0 });
  });
});

test('tamma events append-check answers by exit code, and writes nothing', async () => {
  const file = join(folder, 'batch.ndjson');
  writeFileSync(file, `${JSON.stringify(make.skip('7'))}\n${JSON.stringify(make.skip('7'))}\n`);
  const check = (...argv: string[]) => at(planned, 'events', 'append-check', file, ...argv);
  expect((await check()).stdout).toMatch(
    /^✓ 2 events would be appended after position 15; nothing was written/,
  );
  expect(await check('--issue', '7', '--after', '15')).toMatchObject({ exitCode: 0 });
  expect(await check('--issue', '7', '--after', '14')).toMatchObject({
    exitCode: 1,
    stdout: expect.stringMatching(/^✗ position 15 .* breaks the condition/),
  });
  expect(await check('--issue', '7')).toMatchObject({ exitCode: 2 });
  appendFileSync(file, `${JSON.stringify({ ...make.skip('7'), id: 'x' })}\n`);
  expect(await check()).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('event 3, id:') });
  expect((await json(planned, 'events', 'list')).document.events).toHaveLength(15);
});

describe('tamma events append-pending', () => {
  const event = make.skip('7');

  async function fail(): Promise<string> {
    const { runtime } = await openRuntime(fresh.directory);
    const append = () => Promise.reject(new TammaError('LOG_REFUSED', 'a rule forbids it'));
    const broken = { ...runtime, store: { ...runtime.store, append } };
    await expect(recordEvents(broken, [event])).rejects.toMatchObject({ code: 'LOG_REFUSED' });
    await runtime.close();
    return listJournals(journalFolders(runtime))[0] ?? '';
  }

  test('delivers what a run kept, once, and has nothing to do then', async () => {
    await fail();
    expect((await at(fresh, 'events', 'append-pending', '--dry-run')).stdout).toMatch(
      /1 event of .*, kept because a rule forbids it/,
    );
    expect((await at(fresh, 'events', 'append-pending')).stdout).toMatch(/^✓ in the log: 1 event of /);
    expect((await at(fresh, 'events', 'append-pending')).stdout).toBe('nothing is pending\n');
    expect((await json(fresh, 'events', 'list')).document.events).toMatchObject([{ id: event.id }]);
  });

  test('delivers a file from another machine, and refuses one that was changed', async () => {
    const file = await fail();
    const carried = join(folder, 'carried.ndjson');
    writeFileSync(carried, readFileSync(file));
    const { document } = await json(fresh, 'events', 'append-pending', '--file', carried);
    expect(document).toMatchObject({
      deliveries: [{ status: 'delivered', events: 1 }],
      head: { position: 1 },
    });
    writeFileSync(carried, readFileSync(carried, 'utf8').replace('because', 'whyever'));
    const { exitCode, stderr } = await at(fresh, 'events', 'append-pending', '--file', carried);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('its events are not those that were written');
  });
});
