import { findNearest } from '../../../core/config/nearest.ts';
import { TammaError } from '../../../core/errors.ts';
import { isStepId, stepIds } from '../../../core/loop.ts';
import type { CommandName } from '../../command-rules.ts';
import { giveCommand } from '../../commands.ts';
import type { Command } from '../command.ts';
import { toOutputs } from '../step-result.ts';

/** A command a person gives about an issue. Throws COMMAND_REFUSED with the reason where it does not fit. */
export function createPersonCommand(command: CommandName): Command {
  return async ({ options, args, palette, runtime }) => {
    const { issue = 0, dryRun = false } = options;
    const argument = args.join(' ');
    if (command === 'skip') checkStep(argument);
    const report = await giveCommand(await runtime(), { issue, command, argument, dryRun });
    if (!report.accepted) throw new TammaError('COMMAND_REFUSED', report.message, { help: helpFor(issue) });
    const { state, message } = report;
    const next =
      state.status === 'active' && !dryRun ? `\n${palette.cyan('→')} tamma run --issue ${issue}` : '';
    return {
      json: {
        accepted: true,
        issue,
        command,
        message,
        status: state.status,
        nextStep: state.cursor,
        ...toOutputs(state),
      },
      text: `${palette.green('✓')} ${message}${next}`,
    };
  };
}

function helpFor(issue: number): string {
  return `\`tamma status --issue ${issue}\` shows what the issue is waiting for.`;
}

function checkStep(name: string): void {
  const wanted = name.toUpperCase();
  if (isStepId(wanted)) return;
  const nearest = findNearest(wanted, stepIds);
  const help = nearest ? `Did you mean ${nearest}?` : `Steps: ${stepIds.join(', ')}.`;
  throw new TammaError('USAGE', `there is no step ${name}`, { help });
}
