import { type VendorId, vendors } from '../../core/config/vendors.ts';
import { TammaError } from '../../core/errors.ts';
import type { Prompt } from '../../hosts/prompt.ts';
import type { Detected } from './detect.ts';

export type Answers = { vendor: VendorId; test: string | null; mode: 'dev' | 'business' };

const offered = ['anthropic', 'openai', 'openrouter', 'gemini', 'zai'] as const satisfies readonly VendorId[];
const modes = ['dev', 'business'] as const;

/** What is taken where nobody is asked: what was found, and the defaults. */
export function assume({ vendors: found }: Detected): Answers {
  return { vendor: found[0] ?? 'anthropic', test: null, mode: 'dev' };
}

/** At most three questions; what was found is not asked for. Throws INTERRUPTED where the input ends. */
export async function askFor(prompt: Prompt, detected: Detected): Promise<Answers> {
  const assumed = assume(detected);
  const vendor =
    detected.vendors.length === 1
      ? assumed.vendor
      : await choose(prompt, 'Whose model does the work? Its key becomes a secret.', {
          choices: detected.vendors.length > 0 ? detected.vendors : offered,
          describe: (id) => `${id} (${vendors[id].apiKeyEnv})`,
        });
  const test =
    detected.testCommand === null
      ? await askLine(prompt, 'How are the tests run, for example `npm test`? Nothing: later')
      : null;
  const mode = await choose(prompt, 'Whom does it ask?', {
    choices: modes,
    describe: (id) =>
      id === 'dev'
        ? 'dev: a person approves every merge, and plans of higher risk'
        : 'business: a person approves every plan and every merge',
  });
  return { vendor, test: test || null, mode };
}

type Choice<Id> = { choices: readonly Id[]; describe(id: Id): string };

/** Enter takes the first. */
async function choose<Id>(prompt: Prompt, question: string, { choices, describe }: Choice<Id>): Promise<Id> {
  prompt.say([question, ...choices.map((id, index) => `  ${index + 1}. ${describe(id)}`)].join('\n'));
  for (;;) {
    const typed = await askLine(prompt, '');
    const chosen = typed === '' ? choices[0] : choices[Number(typed) - 1];
    if (chosen !== undefined) return chosen;
    prompt.say(`Type a number from 1 to ${choices.length}; Enter is 1.`);
  }
}

async function askLine(prompt: Prompt, question: string): Promise<string> {
  if (question) prompt.say(question);
  const typed = await prompt.ask('> ');
  if (typed !== undefined) return typed;
  throw new TammaError('INTERRUPTED', 'nobody answers any more; nothing was written', {
    help: 'Run it again, or say --yes to take what was found.',
  });
}
