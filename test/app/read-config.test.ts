import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Runtime } from '../../src/app/runtime.ts';
import { type OpenOptions, openSample } from '../support/e2e/open-sample.ts';
import { createSampleProject, type SampleProject } from '../support/e2e/sample-project.ts';

let project: SampleProject;
beforeEach(async () => {
  project = await createSampleProject();
});
afterEach(() => project.remove());

async function configOf(
  options: OpenOptions = {},
): Promise<Pick<Runtime, 'config' | 'configSource' | 'configDigest'>> {
  const runtime = await openSample(project, options);
  await runtime.close();
  return runtime;
}

describe('the configuration of a run', () => {
  test('is the committed one of the default branch, and not what stands in the checkout', async () => {
    await writeFile(join(project.directory, '.tamma/config.yml'), 'mode: business\n');
    const { config, configSource } = await configOf();
    expect(config.mode).toBe('dev');
    expect(configSource).toMatch(/^\.tamma\/config\.yml at [0-9a-f]{12}$/);
  });

  test('is not taken from another branch that is checked out', async () => {
    await project.git('checkout', '--quiet', '-b', 'mine');
    await project.commit('Loosen it', { '.tamma/config.yml': 'mode: business\n' });
    expect((await configOf()).config.mode).toBe('dev');
  });

  test.each([
    ['.tamma/config.yaml', 'mode: business\n'],
    ['.tamma/config.json', '{ "mode": "business" }'],
  ])('may stand in %s', async (path, text) => {
    await project.commit('Move it', { '.tamma/config.yml': null, [path]: text });
    const { config, configSource } = await configOf();
    expect(config.mode).toBe('business');
    expect(configSource).toContain(path);
  });

  test('is all defaults where there is no file', async () => {
    await project.commit('Remove it', { '.tamma/config.yml': null });
    expect(await configOf()).toMatchObject({
      configSource: expect.stringContaining('defaults'),
      config: { approval: { merge: 'required' }, sandbox: expect.any(String) },
    });
  });

  test('is the named file, wherever it is named, and must be there', async () => {
    const file = join(project.folder, 'other.yml');
    await writeFile(file, 'mode: business\n');
    expect((await configOf({ configFile: file })).config.mode).toBe('business');
    const environment = { PATH: process.env.PATH, TAMMA_CONFIG_PATH: file };
    expect((await configOf({ environment })).configSource).toBe(file);
    await expect(configOf({ configFile: `${file}.gone` })).rejects.toMatchObject({
      code: 'CONFIG_UNREADABLE',
      exitCode: 2,
    });
  });

  test('has another digest as soon as it says something else', async () => {
    const before = await configOf();
    await project.commit('Say the same', {
      '.tamma/config.yml': 'approval: { merge: auto, design: auto }\n',
    });
    expect((await configOf()).configDigest).toBe(before.configDigest);
    await project.commit('Say something else', {
      '.tamma/config.yml': 'approval: { merge: required, design: auto }\n',
    });
    expect((await configOf()).configDigest).not.toBe(before.configDigest);
  });
});
