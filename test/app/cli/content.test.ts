import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { toPromptRecord } from '../../../src/core/content/prompt-record.ts';
import { sha256 } from '../../../src/core/digest.ts';
import { makeKey } from '../../contracts/content-store.ts';
import { callCli } from '../../support/call-cli.ts';
import { createEventLog, DIGEST as digestOf, SHA } from '../../support/event-log.ts';
import type { TestRepository } from '../../support/git-repository.ts';
import { createRecordedRepository, openRuntime } from '../../support/recorded-repository.ts';

const DIGEST = digestOf('d');
const OUTPUT = '$ npm test\nnot ok 1 - commas\u001b[2J\n(exit code 1)\n';
const first = { model: 'm', system: 'be brief', messages: [{ role: 'user', text: 'hello' }] };
const second = { ...first, messages: [...first.messages, { role: 'user', text: 'and now?' }] };
const kept = toPromptRecord(first, undefined);
const goesOn = toPromptRecord(second, { digest: sha256(JSON.stringify(kept)), request: first });

const toRequest = (turn: number, content: object) => ({
  ...{
    requestId: String(turn),
    task: 'design',
    turn,
    requestDigest: DIGEST,
    messages: turn,
    estimatedUsd: 0,
  },
  content: sha256(JSON.stringify(content)),
});

let repository: TestRepository;
beforeAll(async () => {
  const failed = {
    gateId: 'tests',
    attempt: 1,
    maxAttempts: 3,
    headSha: SHA('a'),
    treeSha: SHA('b'),
  } as const;
  const report = { summary: 'red', findings: [] };
  const log = createEventLog()
    .add('AI.REQUEST.SENT', toRequest(1, kept))
    .add('AI.REQUEST.SENT', toRequest(2, goesOn))
    .add('GATE.FAILED', { ...failed, findingsDigest: DIGEST, report, durationMs: 1, log: sha256(OUTPUT) });
  repository = await createRecordedRepository(log);
  const { runtime } = await openRuntime(repository.directory);
  await runtime.keep(OUTPUT, 'log');
  await runtime.keep(goesOn, 'prompt');
  await runtime.keep(kept, 'prompt');
  await runtime.close();
});
afterAll(() => repository.remove());

const at = (args: string[], env: Record<string, string> = {}) =>
  callCli([...args, '--repo', repository.directory], { env });

describe('what is kept beside the log', () => {
  test('is shown with its event, and does nothing to the terminal', async () => {
    const { stdout, exitCode } = await at(['events', 'show', '3', '--content']);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`── log ${sha256(OUTPUT)}\n$ npm test\nnot ok 1 - commas`);
    expect(stdout).not.toContain('\u001b[2J');
    expect((await at(['events', 'show', '3'])).stdout).not.toContain('not ok 1');
  });

  test('is a whole prompt, from the parts it was kept in', async () => {
    const { stdout } = await at(['events', 'show', '2', '--content', '--json']);
    const { content } = JSON.parse(stdout) as { content: { name: string; text: string }[] };
    expect(content.map(({ name, text }) => [name, JSON.parse(text)])).toEqual([['content', second]]);
  });

  test('is listed, and found by its digest', async () => {
    const { stdout } = await at(['content', 'list', '--json']);
    const { content } = JSON.parse(stdout) as { content: { kind: string; digest: string }[] };
    expect(content.map(({ kind }) => kind).sort()).toEqual(['log', 'prompt', 'prompt']);
    expect((await at(['content', 'list'])).stdout.trim().split('\n')).toHaveLength(3);
    expect((await at(['content', 'show', sha256(OUTPUT)])).stdout).toContain('not ok 1 - commas');
    const missing = await at(['content', 'show', DIGEST]);
    expect(missing).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('TAMMA_CONTENT_DIR') });
  });

  test('is read from where an artifact was unpacked', async () => {
    const folder = join(repository.directory, '.git', 'tamma', 'content');
    expect(readdirSync(folder)).toHaveLength(1);
    const { stdout } = await at(['content', 'list'], { TAMMA_CONTENT_DIR: folder });
    expect(stdout.trim().split('\n')).toHaveLength(3);
    const elsewhere = await at(['content', 'list'], { TAMMA_CONTENT_DIR: join(folder, 'nowhere') });
    expect(elsewhere.stdout).toBe(`nothing is kept at ${join(folder, 'nowhere')}\n`);
  });

  test('is encrypted anew when keys change, as configured', async () => {
    await repository.commit('Encrypt', {
      '.tamma/config.yml': 'events:\n  content:\n    keyEnv: CONTENT_KEYS\n',
    });
    const [old, young] = [makeKey('old'), makeKey('young')];
    const rotate = (keys: string) => at(['content', 'rotate'], { CONTENT_KEYS: keys });
    expect(await rotate(old)).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^3 encrypted anew/),
    });
    expect((await rotate(`${young},${old}`)).stdout).toMatch(/^3 encrypted anew/);
    expect(await rotate(old)).toMatchObject({
      exitCode: 1,
      stdout: expect.stringContaining('left as it is'),
    });
    const short = await at(['content', 'show', sha256(OUTPUT).slice(0, 12)]);
    expect(short).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('is no digest') });
    const shown = await at(['content', 'show', sha256(OUTPUT)], { CONTENT_KEYS: old });
    expect(shown).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('needs the key young') });
    const bad = await at(['content', 'rotate'], { CONTENT_KEYS: 'secret' });
    expect(bad).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('key 1 of CONTENT_KEYS') });
    expect(`${bad.stdout}${bad.stderr}`).not.toContain('secret');
  });

  test('goes when its time is over, and months are archived where there is a folder for them', async () => {
    const tried = await at(['events', 'compact', '--dry-run', '--before', '2026-01']);
    expect(tried.stdout).toContain('0 contents from before');
    expect(tried.stdout).toContain('no month before 2026-01 is left to archive');
    const homeless = await at(['events', 'compact', '--before', '2026-01']);
    expect(homeless).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('--archive DIR') });
    const archive = join(repository.directory, 'archive');
    const done = await at(['events', 'compact', '--before', '2026-01', '--archive', archive, '--json']);
    expect(JSON.parse(done.stdout)).toMatchObject({
      content: { deleted: 0 },
      archive: { planned: [], moved: [] },
    });
  });
});
