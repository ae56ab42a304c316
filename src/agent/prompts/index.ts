import { ambiguity } from './ambiguity.ts';
import { design } from './design.ts';
import { implement } from './implement.ts';
import { refactor } from './refactor.ts';
import { repair } from './repair.ts';
import { research } from './research.ts';
import { review } from './review.ts';
import { system } from './system.ts';
import { tests } from './tests.ts';

/**
 * The prompts, and which placeholders a template of that name knows: the required ones must stand in an override too,
 * because a task without its issue or its evidence is another task.
 */
export const prompts = {
  system: { template: system, required: [], optional: [] },
  research: { template: research, required: ['issue', 'project'], optional: ['material'] },
  ambiguity: { template: ambiguity, required: ['issue'], optional: ['project', 'material'] },
  design: { template: design, required: ['issue', 'project', 'material'], optional: [] },
  tests: { template: tests, required: ['issue', 'plan', 'commands'], optional: ['project', 'material'] },
  implement: {
    template: implement,
    required: ['issue', 'plan', 'commands'],
    optional: ['project', 'material'],
  },
  refactor: {
    template: refactor,
    required: ['issue', 'plan', 'commands'],
    optional: ['project', 'material'],
  },
  repair: {
    template: repair,
    required: ['issue', 'plan', 'reports', 'commands'],
    optional: ['project', 'material'],
  },
  review: { template: review, required: ['issue', 'plan', 'patch'], optional: ['project', 'material'] },
} as const satisfies Record<
  string,
  { template: string; required: readonly string[]; optional: readonly string[] }
>;

export type PromptName = keyof typeof prompts;

/** Every placeholder of a template has a value; the compiler asks for them. */
export type PromptValues<N extends PromptName> = Record<
  (typeof prompts)[N]['required'][number] | (typeof prompts)[N]['optional'][number],
  string
>;
