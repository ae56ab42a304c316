import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import type { SampleProject } from './sample-project.ts';

/** A project that stands somewhere in its loop: prepared once, and each test goes on from there with a copy. */
export function standingAt(prepare: () => Promise<SampleProject>): () => SampleProject {
  let origin: SampleProject;
  let project: SampleProject;
  beforeAll(async () => {
    origin = await prepare();
  });
  afterAll(() => origin.remove());
  beforeEach(async () => {
    project = await origin.copy();
  });
  afterEach(() => project.remove());
  return () => project;
}
