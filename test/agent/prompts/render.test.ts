import { describe, expect, it } from 'vitest';
import { type PromptName, prompts } from '../../../src/agent/prompts/index.ts';
import { renderPrompt } from '../../../src/agent/prompts/render.ts';
import { TammaError } from '../../../src/core/errors.ts';

const names = Object.keys(prompts) as PromptName[];
const values = {
  issue: 'ISSUE',
  project: 'PROJECT',
  material: '',
  plan: 'PLAN',
  patch: 'PATCH',
  reports: 'REPORTS',
  commands: 'COMMANDS',
};

function refusalOf(name: PromptName, override: string): TammaError {
  try {
    renderPrompt(name, values as never, override);
  } catch (error) {
    if (error instanceof TammaError) return error;
  }
  throw new Error('the override was taken');
}

describe('a prompt', () => {
  it.each(names)('%s names exactly the placeholders it has, and is its own valid override', (name) => {
    const { template, required, optional } = prompts[name];
    const used = [...template.matchAll(/\{\{(\w+)\}\}/g)].map(([, key]) => key);
    expect([...used].sort()).toEqual([...required, ...optional].sort());
    expect(renderPrompt(name, values as never, template)).toBe(renderPrompt(name, values as never));
  });

  it.each(names)('%s holds nothing that changes from run to run and leaves no gap', (name) => {
    const text = renderPrompt(name, values as never);
    expect(text).not.toMatch(/\{\{|\n{3}|\d{4}-\d{2}-\d{2}|\/tmp|\b[0-9a-f]{12,}\b/);
    expect(text.length).toBeLessThan(2600);
  });

  it('keeps what looks like a placeholder in a value, and its blank lines', () => {
    const text = renderPrompt('research', {
      issue: 'a {{project}} b\n\n\n\nc $& d',
      project: 'P',
      material: '',
    });
    expect(text).toContain('a {{project}} b\n\n\n\nc $& d');
  });
});

describe('a repository’s own template', () => {
  it('takes the place of the built-in one', () => {
    expect(renderPrompt('review', values as never, 'Judge {{ patch }} for {{issue}} by {{plan}}.\n')).toBe(
      'Judge PATCH for ISSUE by PLAN.',
    );
    expect(renderPrompt('system', {}, 'Be brief.')).toBe('Be brief.');
  });

  it('is refused with its name and every placeholder that is unknown or missing', () => {
    const error = refusalOf('review', 'Look at {{patch}} and {{secrets}}');
    expect(error.code).toBe('CONFIG_INVALID');
    expect(error.message).toBe(
      '.tamma/prompts/review.md: {{secrets}} does not exist, {{issue}} is missing, {{plan}} is missing',
    );
    expect(error.help).toContain('{{issue}}, {{plan}}, {{patch}}, {{project}}, {{material}}');
  });

  it('is refused where it is empty', () => {
    expect(refusalOf('system', ' \n').message).toBe('.tamma/prompts/system.md: it is empty');
    expect(refusalOf('system', ' \n').help).toContain('Placeholders of this prompt: none.');
  });
});
