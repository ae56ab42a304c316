import { describe, expect, test } from 'vitest';
import { runStep } from '../../src/app/run-step.ts';
import { createReadContext } from '../../src/app/step-context.ts';
import { findNamedFiles, viewProject } from '../../src/steps/project-view.ts';
import { withSample } from '../support/e2e/open-sample.ts';
import { createSampleProject } from '../support/e2e/sample-project.ts';

const paths = ['README.md', 'src/index.js', 'src/parse.js', 'test/index.js', 'Makefile', 'docs/parse.md'];

describe('the map of a project', () => {
  test('names folders with their files where there are too many to be listed one by one', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 450 }, (_, index) => [`data/part${index % 3}/f${index}.csv`, 'a,b\n']),
    );
    const project = await createSampleProject({ files });
    const map = await withSample(project, {}, async (runtime) => {
      await runStep(runtime, { issue: 1 });
      const { state } = await runStep(runtime, { issue: 1 });
      return (await viewProject(createReadContext(runtime, { issue: 1, state }))).map;
    });
    await project.remove();
    expect(map.split('\n')).toEqual(
      expect.arrayContaining(['data/part0/ (150 files)', 'src/ (3 files)', './ (3 files)']),
    );
    expect(map).not.toContain('.tamma');
  });
});

describe('files that an issue names', () => {
  test('are found by path, also in the middle of a sentence', () => {
    expect(findNamedFiles('See `src/parse.js`, line 3.', paths)).toEqual(['src/parse.js']);
  });

  test('are found by file name where there is only one of it', () => {
    expect(findNamedFiles('parse.js splits wrongly (README.md says otherwise)', paths)).toEqual([
      'README.md',
      'src/parse.js',
    ]);
    expect(findNamedFiles('index.js is wrong', paths)).toEqual([]);
  });

  test('without a dot in their name are found by their whole path only', () => {
    expect(findNamedFiles('the parse step; no Makefile', paths)).toEqual(['Makefile']);
    expect(findNamedFiles('nothing here', paths)).toEqual([]);
  });

  test('are at most twenty', () => {
    const many = Array.from({ length: 30 }, (_, index) => `src/f${index}.js`);
    expect(findNamedFiles(many.join(' '), many)).toHaveLength(20);
  });
});
