import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readOtherLog } from '../../../src/app/replay/other-log.ts';
import { GENESIS, linkEvents } from '../../../src/core/events/chain.ts';
import { toLine } from '../../../src/core/events/line.ts';
import { readRecordedLog } from '../../support/recorded-log.ts';
import { createRecordedRepository, openRuntime } from '../../support/recorded-repository.ts';
import { createPlannedLog } from '../../support/sample-loop.ts';

const events = readRecordedLog('5c4a8d7/questions');
const lines = events.map(toLine);
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tamma-other-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const open = async (directory: string) => (await openRuntime(directory)).runtime;

async function read(content: string | Buffer, issue = 3) {
  const file = join(folder, 'other.ndjson');
  await writeFile(file, content);
  return readOtherLog(file, issue, open);
}

describe('the log to compare with', () => {
  test('is an export, of which only the events of the issue are taken', async () => {
    const drafts = [{ ...events[0], tags: { issueId: '12' } } as (typeof events)[0]];
    const [other] = linkEvents(drafts, GENESIS).map(toLine);
    expect(await read(`${[...lines, other].join('\n')}\n`)).toEqual(events);
  });

  test('is that of another repository', async () => {
    const repository = await createRecordedRepository(createPlannedLog());
    const other = await readOtherLog(repository.directory, 7, open);
    await repository.remove();
    expect(other.map(({ type }) => type)).toEqual(createPlannedLog().events.map(({ type }) => type));
  });

  test.each([
    ['half a line', lines.join('\n'), 'ends without a line feed'],
    ['a line that is no event', `${lines[0]}\n{"a":1}\n`, 'line 2 is no event'],
    ['an edited line', `${lines[0]?.replace('"issueId":"3"', '"issueId":"4"')}\n`, 'it was edited'],
    ['something else altogether', 'root:x:0:0\n', 'line 1 is no event'],
    ['lines of Windows', `${lines[0]}\r\n`, 'CR LF'],
    ['a byte order mark', `\ufeff${lines[0]}\n`, 'byte order mark'],
    ['a line without end', Buffer.alloc(400_000, 'x'), 'longer than'],
    ['nothing', '', 'knows nothing of issue 3'],
  ])('is refused with its line where it is %s', async (_, content, message) => {
    await expect(read(content)).rejects.toThrow(message);
  });

  test('is refused where it is of other issues, which are named, and where it is not there', async () => {
    await expect(read(`${lines.join('\n')}\n`, 4)).rejects.toMatchObject({
      code: 'ISSUE_NOT_FOUND',
      help: 'It has issue 3.',
    });
    await expect(readOtherLog(join(folder, 'no.ndjson'), 1, open)).rejects.toMatchObject({ code: 'USAGE' });
  });
});
