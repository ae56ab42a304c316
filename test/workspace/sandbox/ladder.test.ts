import { execFile } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TammaError } from '../../../src/core/errors.ts';
import type { Sandbox } from '../../../src/ports/sandbox.ts';
import { ladder, probeSandbox } from '../../../src/workspace/sandbox/probe.ts';
import {
  contractLimits,
  createSandboxPlace,
  type SandboxFact,
  sandboxFacts,
} from '../../contracts/sandbox.ts';
import type { UserReport } from './contract-as-user.ts';

// Every rung this machine has is tested; the others are reported as skipped, with the reason.
const rungs = [...ladder.map((rung) => rung.name), 'none'];
const isRoot = process.getuid?.() === 0;

function listFacts(rung: string): readonly SandboxFact[] {
  return sandboxFacts.filter((fact) => rung !== 'none' || fact.promisedBy === 'all');
}

describe.each(rungs)('the sandbox “%s”', (rung) => {
  const place = createSandboxPlace(tmpdir());
  let sandbox: Sandbox | undefined;
  let missing = '';

  beforeAll(async () => {
    // Without a sandbox the other user works in the folder by the path we use.
    if (rung === 'none') chmodSync(place.base, 0o711);
    const policy = rung === 'none' ? 'best-effort' : 'required';
    const hidden = [place.hidden, process.cwd()];
    try {
      sandbox = await probeSandbox({
        policy,
        temporaryDirectory: place.base,
        hidden,
        limits: contractLimits,
        rungs: [rung],
      });
    } catch (error) {
      if (!(error instanceof TammaError) || error.code !== 'SANDBOX_MISSING') throw error;
      missing = error.message;
    }
  });
  afterAll(() => place.remove());

  for (const { title, check } of listFacts(rung)) {
    it(title, async ({ skip }) => {
      if (!sandbox) return skip(missing);
      await check({ ...place, sandbox, rung });
    });
  }
});

/** A user that owns nothing and may do nothing: what bubblewrap and user namespaces are there for. */
const UID = 1_899_999_999;
const userRungs = ['bubblewrap', 'unshare in a user namespace', 'none'];

/** All at once and beside the tests above: each is a process of its own. */
const reports = new Map(isRoot ? userRungs.map((rung) => [rung, askUser(rung)]) : []);

async function askUser(rung: string): Promise<UserReport> {
  const script = join(import.meta.dirname, 'contract-as-user.ts');
  const env = { PATH: process.env.PATH, NORMAL_USER_SECRET: 'the secret of a normal user' };
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [script, rung], {
      uid: UID,
      gid: UID,
      env,
    });
    return JSON.parse(stdout);
  } catch (error) {
    return { unavailable: `it could not be started: ${error}` };
  }
}

describe.runIf(isRoot).each(userRungs)('the sandbox “%s” of a normal user', (rung) => {
  for (const { title } of listFacts(rung)) {
    it(title, async ({ skip }) => {
      const report = (await reports.get(rung)) ?? { unavailable: 'it was not tried' };
      if ('unavailable' in report) return skip(report.unavailable);
      expect(report.facts[title]).toBeNull();
    });
  }
});
