import { renderReplay } from '../../../report/replay.ts';
import { replay } from '../../replay.ts';
import type { Command } from '../command.ts';

export const replayCommand: Command = async ({ options, palette, runtime }) => {
  const { issue = 0, at, diff } = options;
  const view = await replay(await runtime(), {
    issue,
    ...(at === undefined ? {} : { at }),
    ...(diff === undefined ? {} : { diff }),
  });
  return { json: view, text: renderReplay(view, palette) };
};
