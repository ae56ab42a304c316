import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { examine } from '../../../src/app/doctor/examine.ts';
import type { Finding } from '../../../src/app/doctor/finding.ts';
import { keepJournal } from '../../../src/app/journal.ts';
import type { Runtime } from '../../../src/app/runtime.ts';
import { createEventLog } from '../../support/event-log.ts';
import { createGitRepository, type TestRepository } from '../../support/git-repository.ts';
import { createEventMaker } from '../../support/new-events.ts';
import {
  createRecordedRepository,
  damageLog,
  openRuntime,
  projectFiles,
} from '../../support/recorded-repository.ts';
import { createAskingLog } from '../../support/sample-loop.ts';

const KEY = { ANTHROPIC_API_KEY: 'a-key-that-is-never-used' };
const removals: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const remove of removals.splice(0).reverse()) await remove();
});

function keep(repository: TestRepository): string {
  removals.push(() => repository.remove());
  return repository.directory;
}

async function look(directory: string, options: { env?: Record<string, string>; nodeVersion?: string } = {}) {
  const compose = async (): Promise<Runtime> => {
    const { runtime } = await openRuntime(directory, options.env ?? KEY);
    removals.push(() => runtime.close());
    return runtime;
  };
  const findings = await examine({
    directory,
    nodeVersion: options.nodeVersion ?? '24.1.0',
    compose,
  });
  return { findings, of: (title: string) => findings.filter((finding) => finding.title === title) };
}

function listProblems(findings: readonly Finding[]): string[] {
  return findings.filter(({ level }) => level === 'problem').map(({ title }) => title);
}

describe('the doctor', () => {
  test('finds nothing wrong where everything is there, and says who pays', async () => {
    const directory = keep(await createRecordedRepository(createAskingLog()));
    const { findings, of } = await look(directory);
    expect(listProblems(findings)).toEqual([]);
    expect(of('repository')[0]?.text).toContain('default branch main');
    expect(of('identity')[0]?.text).toBe('Test <test@example.org>');
    expect(of('log')[0]?.text).toContain('events, head');
    expect(of('provider')[0]?.text).toContain('paid by the account of ANTHROPIC_API_KEY');
    expect(of('tests')[0]?.text).toContain('npm test');
    expect(of('sandbox')).toHaveLength(1);
  });

  test('tells what is not committed, which Tamma does not see', async () => {
    const directory = keep(await createGitRepository({ files: projectFiles }));
    await writeFile(join(directory, 'package.json'), '{}');
    const { of } = await look(directory);
    expect(of('checkout')[0]).toMatchObject({
      level: 'warning',
      text: 'changes that are not committed: package.json',
    });
  });

  test('outside of a repository says so once', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'tamma-nowhere-'));
    removals.push(() => rm(directory, { recursive: true }));
    const { findings } = await look(directory);
    expect(listProblems(findings)).toEqual(['checkout']);
  });

  test('names a missing key and the missing test command at once', async () => {
    const directory = keep(await createGitRepository({ files: { 'README.md': 'x' } }));
    const { findings, of } = await look(directory, { env: {} });
    expect(listProblems(findings)).toEqual(expect.arrayContaining(['provider', 'tests']));
    expect(of('provider')[0]?.help).toContain('ANTHROPIC_API_KEY');
    expect(of('tests')[0]?.help).toContain('commands.test');
  });

  test('shows every mistake of the configuration', async () => {
    const directory = keep(
      await createGitRepository({
        files: { ...projectFiles, '.tamma/config.yml': 'mod: dev\nmerge: { method: squish }\n' },
      }),
    );
    const { findings } = await look(directory);
    const [problem] = findings.filter(({ level }) => level === 'problem');
    expect(problem?.text).toContain('.tamma/config.yml:1');
    expect(problem?.text).toContain('.tamma/config.yml:2');
  });

  test('passes on what the configuration allows and is worth knowing', async () => {
    const files = { ...projectFiles, '.tamma/config.yml': 'approval: { merge: auto }\n' };
    const { of } = await look(keep(await createGitRepository({ files })));
    expect(of('configuration').map(({ level }) => level)).toEqual(['ok', 'warning']);
  });

  test('tells of events that wait for the log, and of a journal that cannot be delivered', async () => {
    const directory = keep(await createRecordedRepository(createEventLog()));
    const folder = join(directory, '.git', 'tamma', 'journal');
    const facts = {
      keptAt: '2026-11-20T08:00:00.000Z',
      place: '',
      seen: null,
      condition: null,
      why: 'no network',
    };
    const holder = { runId: 'r', host: 'h', pid: 1, startedAt: 's' };
    const [file = ''] = keepJournal([folder], { ...facts, holder, events: [createEventMaker().skip('7')] });
    expect((await look(directory)).of('journal')).toMatchObject([
      {
        level: 'warning',
        text: expect.stringContaining('1 event that the log did not take'),
        help: expect.any(String),
      },
    ]);
    await appendFile(file, 'x');
    expect((await look(directory)).of('journal')).toMatchObject([{ level: 'problem' }]);
  });

  test('finds a log that was tampered with', async () => {
    const repository = await createRecordedRepository(createAskingLog());
    const directory = keep(repository);
    await damageLog(repository);
    const { of } = await look(directory);
    expect(of('log')[0]).toMatchObject({ level: 'problem' });
  });

  test('has nothing to say about the work tree of a bare repository', async () => {
    const directory = keep(await createGitRepository({ bare: true, files: projectFiles }));
    const { findings, of } = await look(directory);
    expect(of('checkout')[0]?.text).toContain('bare');
    expect(listProblems(findings)).toEqual([]);
  });

  test.each([
    ['18.20.0', 'problem'],
    ['20.18.1', 'problem'],
    ['20.19.0', 'warning'],
    ['22.0.0', 'ok'],
  ])('judges Node %s as %s', async (nodeVersion, level) => {
    const directory = await mkdtemp(join(tmpdir(), 'tamma-nowhere-'));
    removals.push(() => rm(directory, { recursive: true }));
    const { of } = await look(directory, { nodeVersion });
    expect(of('node')[0]).toMatchObject({ level });
  });

  test('checks an empty log of a repository that never met Tamma', async () => {
    const { of } = await look(keep(await createRecordedRepository(createEventLog())));
    expect(of('log')[0]).toMatchObject({ level: 'ok', text: expect.stringContaining('0 events') });
  });
});
