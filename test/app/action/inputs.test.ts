import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { inputRows, readInputs } from '../../../src/app/action/inputs.ts';
import { outputRows } from '../../../src/app/action/outputs.ts';

const manifest = parse(readFileSync(join(import.meta.dirname, '..', '..', '..', 'action.yml'), 'utf8'));

function read(values: Record<string, string>) {
  return readInputs((name) => values[name] ?? '');
}

describe('action.yml', () => {
  test('has the inputs of the code, with their descriptions and defaults, in the same order', () => {
    const expected = Object.entries(inputRows).map(([name, row]) => [
      name,
      { description: row.description, ...('default' in row ? { default: row.default } : {}) },
    ]);
    expect(Object.entries(manifest.inputs)).toEqual(expected);
  });

  test('has the outputs of the code', () => {
    const expected = Object.entries(outputRows).map(([name, description]) => [name, { description }]);
    expect(Object.entries(manifest.outputs)).toEqual(expected);
  });

  test('runs the committed bundle on Node 24', () => {
    expect(manifest.runs).toEqual({ using: 'node24', main: 'dist/index.js' });
  });
});

describe('the inputs', () => {
  test('have defaults where nothing is given', () => {
    expect(read({})).toEqual({
      command: 'auto',
      phase: 'all',
      needs: '',
      issue: null,
      untilWait: false,
      chain: 'dispatch',
      timeLimitMinutes: 350,
      config: '',
      remote: 'origin',
      token: '',
      dryRun: false,
      sandbox: 'required',
      failOnEscalation: false,
      variables: {},
    });
  });

  test('set variables for this run', () => {
    const given = {
      provider: 'openai',
      'openai-api-key': 'k',
      'base-url': 'https://gateway.example',
      mode: 'business',
    };
    expect(read(given).variables).toEqual({
      TAMMA_AI_PROVIDER: 'openai',
      OPENAI_API_KEY: 'k',
      TAMMA_AI_BASE_URL: 'https://gateway.example',
      TAMMA_MODE: 'business',
    });
  });

  test('are refused with every mistake at once, without showing long values', () => {
    const wrong = { command: 'dance', issue: 'seven', 'dry-run': 'yes', sandbox: 'x'.repeat(100) };
    expect(() => read(wrong)).toThrow(
      /command must be .*; dry-run must be true or false.*; sandbox .*“x{40}”; issue must be a number/,
    );
    expect(() => read({ command: 'step' })).toThrow(/needs an issue/);
    expect(() => read({ mode: 'fast', platform: 'svn' })).toThrow(
      /mode must be .*; platform must be .*“svn”/,
    );
  });

  test('take one step and no dry run where a step is spread over several jobs', () => {
    expect(() => read({ phase: 'gate', 'steps-per-run': 'until-wait' })).toThrow('phase gate takes one step');
    expect(() => read({ phase: 'publish', 'dry-run': 'true' })).toThrow('no dry run');
    expect(() => read({ phase: 'think' })).toThrow('phase must be all or gate or work');
  });

  test('take an issue with or without its mark', () => {
    expect([read({ issue: '#7' }).issue, read({ issue: '12' }).issue]).toEqual([7, 12]);
  });
});
