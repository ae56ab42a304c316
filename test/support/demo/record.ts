import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compose } from '../../../src/app/compose.ts';
import { prepareSample } from '../../../src/app/demo/prepare-sample.ts';
import { runLoop } from '../../../src/app/run-loop.ts';
import { createSystemClock } from '../../../src/hosts/system-clock.ts';
import { createTerminalHost } from '../../../src/hosts/terminal.ts';
import { createRecordingProvider } from '../../../src/providers/recording.ts';
import { type Session, serialiseSession } from '../../../src/providers/session-file.ts';
import { createScriptedProvider, type Script } from '../scripted-provider.ts';
import { badFiles } from './bad-files.ts';
import { markdownTable } from './markdown-table.ts';
import { quotedFields } from './quoted-fields.ts';

export const demoScripts = { 1: quotedFields, 2: markdownTable, 3: badFiles } as const satisfies Record<
  number,
  Script
>;

/** When the recorded answers were written: a session does not change with the day on which it is recorded again. */
const RECORDED_AT = new Date('2026-11-20T12:00:00.000Z');

/** Runs the loop on the sample with a scripted model and gives the session that plays it back. */
export async function recordSession(issue: number, answers: Script): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tamma-record-'));
  const directory = join(folder, 'tidy-csv');
  const clock = createSystemClock();
  const host = createTerminalHost({ runId: clock.newId(), view: { show: () => {}, close: () => {} } });
  let session: Session | undefined;
  const recorder = createRecordingProvider(createScriptedProvider({ answers }), {
    createdAt: RECORDED_AT,
    roots: [folder],
    save: (whole) => {
      session = whole;
    },
  });
  try {
    await prepareSample(directory);
    const runtime = await compose({
      directory,
      environment: { PATH: process.env.PATH },
      host,
      clock,
      signal: new AbortController().signal,
      sandbox: 'best-effort',
      remote: 'none',
      decorate: { provider: () => Promise.resolve(recorder) },
    });
    const reports = await runLoop(runtime, {
      issue,
      ask: ({ wait }) =>
        Promise.resolve(wait?.for === 'answers' ? { command: 'answer', argument: 'q1=1 q2=1' } : null),
    });
    await runtime.close();
    const last = reports.at(-1);
    if (last?.state.status !== 'done' || !session) {
      throw new Error(
        `issue ${issue} ended ${last?.state.status} at ${last?.state.cursor}: ${last?.error?.stack ?? last?.summary}`,
      );
    }
    return serialiseSession(session);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Writes the demo's sessions: `node test/support/demo/record.ts`. */
async function main(): Promise<void> {
  const target = new URL('../../../src/app/demo/sessions/', import.meta.url);
  await mkdir(target, { recursive: true });
  for (const [issue, script] of Object.entries(demoScripts)) {
    await writeFile(new URL(`${issue}.json`, target), await recordSession(Number(issue), script));
  }
}

if (import.meta.filename === process.argv[1]) await main();
