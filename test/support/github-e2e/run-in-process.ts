import { appendFileSync } from 'node:fs';
import { summary } from '@actions/core';
import { findIdleReason } from '../../../src/app/action/idle.ts';
import { type Around, runAction } from '../../../src/app/action/main.ts';
import type { InProcess } from '../../forge/actions/step-process.ts';

/**
 * The action without a process of its own, as `src/action.ts` starts it: what is around it is the environment the
 * runner made and nothing else. One at a time: the runner's variables are those of this process meanwhile.
 */
export function createInProcess(around: () => Around): InProcess {
  return async (environment) => {
    const before = { ...process.env };
    const write = process.stdout.write;
    let raw = '';
    for (const name of Object.keys(process.env)) delete process.env[name];
    Object.assign(process.env, environment);
    process.stdout.write = (chunk: string | Uint8Array) => {
      raw += String(chunk);
      return true;
    };
    try {
      return { code: await start(environment, around()), raw };
    } finally {
      process.stdout.write = write;
      for (const name of Object.keys(process.env)) delete process.env[name];
      Object.assign(process.env, before);
    }
  };
}

function start(environment: Record<string, string>, around: Around): Promise<number> {
  // It keeps the file of the first run of this process.
  Reflect.deleteProperty(summary, '_filePath');
  const idle = findIdleReason(environment);
  if (!idle) return runAction(environment, around);
  appendFileSync(environment.GITHUB_OUTPUT ?? '', 'status=idle\n');
  return Promise.resolve(0);
}
