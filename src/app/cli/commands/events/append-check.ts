import { TammaError } from '../../../../core/errors.ts';
import { formatCount } from '../../../../lib/quantities.ts';
import { toPlain } from '../../../../report/untrusted.ts';
import { type Batch, checkAppend, parseBatch } from '../../../append-check.ts';
import { toQuery } from '../../../events.ts';
import type { Command, Options } from '../../command.ts';
import { readInput } from '../../read-input.ts';

export const appendCheckCommand: Command = async (context) => {
  const { options, palette, runtime } = context;
  const batch = withCondition(parseBatch(await readInput(context)), options);
  const { store } = await runtime();
  const check = await checkAppend(store, batch);
  if (check.status === 'conflict') {
    const { position, type } = check;
    const what = `position ${position} (${toPlain(type, 60)}) breaks the condition: nothing would be appended`;
    return { exitCode: 1, json: check, text: `${palette.red('✗')} ${what}` };
  }
  const { events, present, head } = check;
  const there = present > 0 ? `, ${present} of them are in the log already` : '';
  return {
    json: check,
    text: `${palette.green('✓')} ${formatCount(events, 'event')} would be appended after position ${head}${there}; nothing was written`,
  };
};

/** `--after N` with `--issue`, `--type` and `--tag` is a condition: nothing of that kind may have come after position N. */
function withCondition(batch: Batch, { after, issue, type, tag }: Options): Batch {
  if (after === undefined) {
    if (issue === undefined && !type && !tag) return batch;
    throw new TammaError('USAGE', 'a condition needs --after: the position after which nothing may match');
  }
  if (batch.condition)
    throw new TammaError('USAGE', 'the batch brings a condition of its own; leave --after out');
  const failIfEventsMatch = toQuery({
    ...(issue === undefined ? {} : { issue }),
    ...(type ? { types: type } : {}),
    ...(tag ? { tags: tag } : {}),
  });
  return { ...batch, condition: { failIfEventsMatch, after } };
}
