import { rmSync } from 'node:fs';
import { cp, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compose } from '../../src/app/compose.ts';
import type { Runtime } from '../../src/app/runtime.ts';
import type { NewEvent } from '../../src/core/events/event.ts';
import { createPlainView } from '../../src/hosts/progress-view.ts';
import { createSystemClock } from '../../src/hosts/system-clock.ts';
import { createTerminalHost } from '../../src/hosts/terminal.ts';
import { createPalette } from '../../src/lib/palette.ts';
import type { EventLog } from './event-log.ts';
import { createGitRepository, openGitRepository, type TestRepository } from './git-repository.ts';

export const issueFile = (title: string, labels = '[tamma]') =>
  `---\ntitle: ${title}\nlabels: ${labels}\nstate: open\ncreatedAt: 2026-11-02T09:14:00.000Z\n---\nPlease.\n`;

/** A project that Tamma can work on: tests that pass, and issue 7. */
export const projectFiles: Readonly<Record<string, string>> = {
  'package.json': '{ "type": "module", "scripts": { "test": "node --test" } }\n',
  '.tamma/issues/7.md': issueFile('Commas in fields'),
};

/** Opens what the command line would open there: everything is real, and what it reports can be looked at. */
export async function openRuntime(
  directory: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<{ runtime: Runtime; reported(): string }> {
  const written: string[] = [];
  const clock = createSystemClock();
  const stream = { write: (text: string) => written.push(text) };
  const view = createPlainView({ stream, palette: createPalette(false), now: clock.now });
  const host = createTerminalHost({ runId: 'test', view });
  const signal = new AbortController().signal;
  const runtime = await compose({ directory, environment, host, clock, signal });
  return { runtime, reported: () => written.join('') };
}

const templates = new Map<string, Promise<TestRepository>>();
const made: string[] = [];

/** A repository whose log holds these events, appended by the real store; the same one again is a copy of the first. */
export async function createRecordedRepository(
  log: EventLog,
  files: Readonly<Record<string, string>> = projectFiles,
): Promise<TestRepository> {
  const key = JSON.stringify([log.events.map(({ type }) => type), files]);
  if (!templates.has(key)) templates.set(key, createTemplate(log, files));
  const template = await templates.get(key);
  const directory = await mkdtemp(join(tmpdir(), 'tamma-recorded-'));
  await cp(template?.directory ?? '', directory, { recursive: true });
  return openGitRepository(directory);
}

/** Test files of one process share the templates: they go with it. */
process.once('exit', () => {
  for (const directory of made) rmSync(directory, { recursive: true, force: true });
});

async function createTemplate(
  log: EventLog,
  files: Readonly<Record<string, string>>,
): Promise<TestRepository> {
  const repository = await createGitRepository({ files });
  made.push(repository.directory);
  const { runtime } = await openRuntime(repository.directory);
  const events = log.events.map(({ v, position, prevHash, hash, ...event }) => event as NewEvent);
  if (events.length > 0) await runtime.store.append(events);
  await runtime.close();
  return repository;
}

/** Changes a byte in the first batch of the log, as a bad disk or a bad person would. */
export async function damageLog(repository: TestRepository): Promise<string> {
  const listed = await repository.git(['ls-tree', '-r', '--name-only', 'refs/heads/tamma-events', 'log/']);
  const [path = ''] = listed.split('\n');
  const content = await repository.git(['cat-file', 'blob', `refs/heads/tamma-events:${path}`]);
  const damaged = content.replace('assigned to tamma', 'assigned to mallory');
  if (damaged === content) throw new Error('there is nothing to damage');
  await repository.commit('Damage', { [path]: `${damaged}\n` }, { branch: 'tamma-events' });
  return path;
}
