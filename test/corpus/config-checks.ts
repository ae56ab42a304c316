import { expect } from 'vitest';
import { type ConfigProblem, parseConfig } from '../../src/core/config/parse.ts';
import { TammaError } from '../../src/core/errors.ts';
import type { Check, Shown } from './check.ts';

/** The configuration as this version has it, with what the entry smuggles in; mistakes, or none. */
function configured(text: string): ConfigProblem[] {
  try {
    parseConfig({ text, file: '.tamma/config.yml', environment: {} });
    return [];
  } catch (error) {
    if (error instanceof TammaError && error.code === 'CONFIG_INVALID')
      return error.details.problems as ConfigProblem[];
    throw error;
  }
}

function refusedConfig(text: string, facts: (problems: ConfigProblem[]) => Shown['facts']): Shown {
  const problems = configured(text);
  return { decision: problems.length > 0 ? 'reject' : 'allow', facts: facts(problems) };
}

const names = (problems: ConfigProblem[], path: string) =>
  expect(problems.map((problem) => problem.path)).toContain(path);

/** One row an entry of the corpus. */
export const configChecks: Readonly<Record<string, Check>> = {
  'CE-001': ({ input }) =>
    refusedConfig(JSON.stringify({ triggers: [input] }), (problems) => ({
      'parse or type error at config load': () => names(problems, 'triggers'),
    })),
  'CE-002': ({ input }) => {
    const started = performance.now();
    const shown = refusedConfig(JSON.stringify({ triggers: [input] }), (problems) => ({
      'matches() is not in the allowed function list (or runs on a linear-time engine)': () =>
        names(problems, 'triggers'),
    }));
    const took = performance.now() - started;
    // Nothing is evaluated: what is measured is reading the file, on a machine that others use too.
    return {
      ...shown,
      facts: { ...shown.facts, 'evaluation ends in <50 ms': () => expect(took).toBeLessThan(2000) },
    };
  },
  'CE-005': ({ input }) =>
    refusedConfig(JSON.stringify({ triggers: [{ when: input.when }] }), (problems) => ({
      'every operator in the schema is evaluated; an unknown or unimplemented one is a load error': () =>
        names(problems, 'triggers'),
    })),
  'CE-006': ({ input }) =>
    refusedConfig(
      JSON.stringify({ workflow: { ...input, skip: ['SECURITY_SCAN', 'APPROVAL_GATE'] } }),
      (problems) => ({
        'mandatory steps cannot be skipped by configuration: STEP_NOT_SKIPPABLE': () => {
          names(problems, 'workflow.skip.0');
          names(problems, 'workflow.skip.1');
        },
        'a label never lowers a gate': () => names(problems, 'workflow.branches'),
      }),
    ),
  'CE-007': ({ input }) =>
    refusedConfig(String(input.yaml), (problems) => ({
      'aliases, duplicate keys and merge keys are refused': () => {
        const told = problems.map(({ message }) => message).join('\n');
        expect(told).toMatch(/aliases/);
        expect(told).toMatch(/second time/);
        expect(told).toMatch(/merge keys/);
      },
      'file is limited to 64 KiB': () =>
        expect(configured(`# ${'x'.repeat(65 * 1024)}`)[0]?.message).toMatch(/64 KiB/),
    })),
  'PR-001': ({ input }) =>
    refusedConfig(JSON.stringify({ provider: input.provider }), () => ({
      'base URL, proxy and NODE_OPTIONS are read only from the action inputs, never from the checkout or a .env file':
        () => {
          const { config } = parseConfig({
            file: '.tamma/config.yml',
            environment: { ANTHROPIC_API_KEY: 'a key' },
          });
          expect(config.providers.anthropic?.baseUrl).toBe('https://api.anthropic.com');
          for (const key of ['proxy', 'env', 'nodeOptions'])
            names(configured(JSON.stringify({ [key]: 'x' })), key);
        },
    })),
};
