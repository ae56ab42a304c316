import type { LoopState } from '../../core/state.ts';
import type { Prompt } from '../../hosts/prompt.ts';
import type { Palette } from '../../lib/palette.ts';
import { renderCheckpoint } from '../../report/checkpoint.ts';
import { toPlain } from '../../report/untrusted.ts';
import type { Checkpoint, PersonSays } from '../run-loop.ts';

type Choice = { label: string; say(): Promise<PersonSays | null | 'again'> };

/** Asks the person at the terminal what a checkpoint needs. Null leaves the loop waiting; the log keeps the question. */
export function createAsk(prompt: Prompt, palette: Palette) {
  return (checkpoint: Checkpoint): Promise<PersonSays | null> => {
    prompt.say(
      `\n${palette.bold(describeTitle(checkpoint))}\n${renderCheckpoint(checkpoint.state, palette)}`,
    );
    if (checkpoint.wait?.for === 'answers') return askQuestions(prompt, checkpoint.state, palette);
    const choices =
      checkpoint.wait?.for === 'approval'
        ? listApprovalChoices(prompt, checkpoint)
        : listAnswerChoices(checkpoint);
    return choices.length > 0 ? choose(prompt, [...choices, leave]) : Promise.resolve(null);
  };
}

const leave: Choice = { label: 'leave it waiting', say: () => Promise.resolve(null) };

function describeTitle({ issue, state, wait }: Checkpoint): string {
  if (wait?.for === 'answers') return `Issue ${issue} leaves something open:`;
  if (wait?.for === 'approval') {
    return state.requestedApproval?.kind === 'merge'
      ? `May issue ${issue} be merged?`
      : `The plan for issue ${issue}:`;
  }
  return `Issue ${issue} needs you: ${toPlain(state.escalation?.summary ?? '')}`;
}

function listApprovalChoices(prompt: Prompt, { state }: Checkpoint): Choice[] {
  const digest = state.requestedApproval?.digest ?? '';
  return [
    { label: 'approve', say: () => Promise.resolve({ command: 'approve', argument: digest }) },
    {
      label: 'revise: say what should be different',
      async say() {
        const argument = await prompt.ask('What should be different? ');
        return argument ? { command: 'revise', argument } : 'again';
      },
    },
    { label: 'stop', say: () => Promise.resolve({ command: 'stop', argument: '' }) },
  ];
}

const escalationCommands = ['retry', 'resume', 'skip', 'take-over', 'stop'] as const;

/** The commands the escalation names, as they stand in the log. */
function listAnswerChoices({ state }: Checkpoint): Choice[] {
  return (state.escalation?.commands ?? []).flatMap((text) => {
    const [, name, argument = ''] = /^\/?tamma ([a-z-]+)(?: (?!--)(\S+))?/.exec(text) ?? [];
    const command = escalationCommands.find((known) => known === name);
    if (!command) return [];
    return [
      { label: [command, argument].join(' ').trim(), say: () => Promise.resolve({ command, argument }) },
    ];
  });
}

async function choose(prompt: Prompt, choices: readonly Choice[]): Promise<PersonSays | null> {
  prompt.say(choices.map(({ label }, index) => `  ${index + 1}. ${label}`).join('\n'));
  for (;;) {
    const typed = await prompt.ask('> ');
    if (typed === undefined) return null;
    const said = await choices[Number(typed) - 1]?.say();
    if (said !== undefined && said !== 'again') return said;
    prompt.say(`Type a number from 1 to ${choices.length}.`);
  }
}

async function askQuestions(
  prompt: Prompt,
  { questions }: LoopState,
  palette: Palette,
): Promise<PersonSays | null> {
  prompt.say(palette.dim('Type the number of a choice, or your own words; nothing leaves it waiting.'));
  const answers: string[] = [];
  for (const { id } of questions) {
    const typed = await prompt.ask(`${id}> `);
    if (!typed) return null;
    answers.push(`${id}=${typed}`);
  }
  return { command: 'answer', argument: answers.join(' ') };
}
