import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fillEvent, TAMMA } from '../../../src/app/fill-events.ts';
import { readKeptSession } from '../../../src/app/replay/session-from-content.ts';
import { GENESIS, linkEvents } from '../../../src/core/events/chain.ts';
import type { EventDraft, LoggedEvent, NewEvent } from '../../../src/core/events/event.ts';
import { createSystemClock } from '../../../src/hosts/system-clock.ts';
import type { ChatRequest } from '../../../src/ports/provider.ts';
import { createModel } from '../../../src/providers/metered.ts';
import { createRecordedProvider } from '../../../src/providers/recorded.ts';
import { parseSession, serialiseSession } from '../../../src/providers/session-file.ts';
import { openContent } from '../../../src/stores/content/open-content.ts';
import { createScriptedProvider } from '../../support/scripted-provider.ts';

const clock = createSystemClock();
const first: Omit<ChatRequest, 'model'> = {
  system: 'You plan.',
  tools: [],
  maxOutputTokens: 1000,
  messages: [{ role: 'user', parts: [{ type: 'text', text: 'Plan it, in /home/ci/work of 12 s.' }] }],
};
const answers = { plan: [[{ toolCalls: [{ id: 'a', name: 'submit', input: { n: 1 } }] }, { text: 'done' }]] };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tamma-kept-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Two turns with a model, each kept, as a step has them. */
async function work(name: string) {
  const content = openContent({
    keep: 'directory',
    directory: join(folder, name),
    keys: undefined,
    clock,
    gitDirectory: folder,
    remote: undefined,
  });
  const drafts: EventDraft[] = [];
  const model = createModel({
    provider: createScriptedProvider({ answers }),
    budget: { check: () => ({ ok: true }), add() {} },
    record: (draft) => void drafts.push(draft),
    keep: (value, kind) => content.put(typeof value === 'string' ? value : JSON.stringify(value), kind),
    clock,
  });
  const one = await model.chat('plan', 1, first);
  const second = { ...first, messages: [...first.messages, one.message, toResult('a')] };
  await model.chat('plan', 2, second);
  const frame = { clock, actor: TAMMA, correlationId: 'c', tags: { issueId: '1' } };
  const events = linkEvents<NewEvent>(
    drafts.map((draft) => fillEvent(draft, frame)),
    GENESIS,
  );
  return { content, events: events as LoggedEvent[], second };
}

function toResult(id: string) {
  return {
    role: 'user' as const,
    parts: [{ type: 'tool-result' as const, id, content: 'ok', isError: false }],
  };
}

describe('the session of what was kept', () => {
  test('answers every request of the loop as the model did', async () => {
    const { content, events, second } = await work('whole');
    const session = parseSession(
      serialiseSession(await readKeptSession({ content, events, roots: ['/home/ci/work'] })),
      'kept',
    );
    expect(session.entries.map(({ task, turn }) => [task, turn])).toEqual([
      ['plan', 1],
      ['plan', 2],
    ]);
    const elsewhere = JSON.parse(JSON.stringify(second).replace('/home/ci/work of 12 s', '/srv/x of 3 s'));
    const again = createRecordedProvider({ session, roots: ['/srv/x'] });
    const { message } = await again.chat({ model: 'm', ...elsewhere });
    expect(message.parts).toEqual([{ type: 'text', text: 'done' }]);
  });

  test('is refused where something of it is kept no more', async () => {
    const { content, events } = await work('pruned');
    await content.prune(new Date(Date.now() + 172_800_000));
    await expect(readKeptSession({ content, events, roots: [] })).rejects.toThrow(
      'of 2 calls of models 0 are kept',
    );
  });
});
