import { describe, expect, test } from 'vitest';
import { findContract } from './contract-file.ts';
import { toPattern } from './openapi-routes.ts';
import { toJsonSchema } from './openapi-schema.ts';
import { createTestForge } from './test-forge.ts';

describe.skipIf(!findContract())('GitHub’s description', () => {
  const check = (exchange: Parameters<NonNullable<ReturnType<typeof findContract>>['check']>[0]) =>
    findContract()?.check(exchange).join('\n');
  const issues = '/repos/acme/shop/issues';

  test.each<[string, Parameters<typeof check>[0], string]>([
    [
      'a key it does not know',
      { method: 'POST', path: issues, body: { title: 'x', titel: 'y' } },
      '/titel is not',
    ],
    ['a missing key', { method: 'POST', path: issues, body: {} }, "required property 'title'"],
    [
      'a wrong type',
      { method: 'POST', path: issues, body: { title: 'x', labels: 'bug' } },
      '/labels must be array',
    ],
    ['no body', { method: 'POST', path: issues }, 'required body missing'],
    ['a wrong word in the query', { method: 'GET', path: issues, query: { state: 'opened' } }, 'query state'],
    ['an unknown query', { method: 'GET', path: issues, query: { stat: 'open' } }, 'query stat is not'],
    ['an unknown operation', { method: 'GET', path: '/repos/acme/shop/nonsense/x/y/z' }, 'no operation'],
    [
      'a status that does not belong',
      { method: 'GET', path: issues, status: 201, answer: [] },
      'status 201 is not in the contract',
    ],
    [
      'an answer of the wrong form',
      { method: 'GET', path: `${issues}/1`, status: 200, answer: { number: '1' } },
      "answer / must have required property 'assignee'",
    ],
    [
      'a review of no kind',
      { method: 'POST', path: '/repos/acme/shop/pulls/1/reviews', body: { event: 'BOGUS' } },
      '/event',
    ],
  ])('tells of %s', (_what, exchange, problem) => {
    expect(check(exchange)).toContain(problem);
  });

  test('takes refusals it does not list where they have GitHub’s form, and names with slashes', () => {
    const answer = { message: 'I am a teapot' };
    expect(check({ method: 'GET', path: issues, status: 418, answer })).toBe('');
    expect(check({ method: 'GET', path: issues, status: 418, answer: {} })).toContain('status 418');
    expect(check({ method: 'GET', path: '/repos/acme/shop/git/ref/heads/a/b' })).toBe('');
    expect(check({ method: 'GET', path: '/repos/acme/shop/branches/a/b' })).toBe('');
  });

  test('makes a violation of what the forge answers wrongly, and of what it does not know', async () => {
    const home = await createTestForge();
    // A state the forge never gets into by itself.
    home.forge
      .repository('acme/shop')
      .labels.push({ id: -1, name: 'x', color: 7 as never, description: null });
    await home.ask(home.job, 'GET', '/labels', undefined, 200);
    await home.ask(home.job, 'GET', '/milestones', undefined, 404);
    await home.query(home.job, '{ repository(owner: "acme", name: "shop") { forkCount } }');
    const [label, absent, field] = home.forge.violations;
    expect(label?.problems.join()).toMatch(/answer \/\d+\/color must be string/);
    expect(absent).toMatchObject({ path: '/repos/acme/shop/milestones' });
    expect(absent?.problems).toContain('the forge has no such operation');
    expect(field?.problems).toEqual(['the forge does not resolve Repository.forkCount']);
    await expect(home.close()).rejects.toThrow('the forge saw violations');
  });
});

describe('descriptions in general', () => {
  test('lose what JSON Schema does not know, and keep names that look like it', () => {
    expect(toJsonSchema({ type: 'string', nullable: true, example: 'x', 'x-a': 1 })).toEqual({
      type: ['string', 'null'],
    });
    expect(toJsonSchema({ nullable: true, $ref: '#/components/schemas/a' })).toEqual({
      anyOf: [{ $ref: 'spec://schemas/a' }, { type: 'null' }],
    });
    expect(toJsonSchema({ enum: ['a'], type: 'string', nullable: true })).toEqual({
      enum: ['a', null],
      type: ['string', 'null'],
    });
    expect(toJsonSchema({ properties: { example: { type: 'integer' } } })).toEqual({
      properties: { example: { type: 'integer' } },
    });
  });

  test('match paths by their names', () => {
    const { names, pattern } = toPattern('/repos/{owner}/compare/{basehead}');
    expect(names).toEqual(['owner', 'basehead']);
    expect(pattern.exec('/repos/acme/compare/a/b...c')?.slice(1)).toEqual(['acme', 'a/b...c']);
    expect(pattern.test('/repos/a/b/compare/c')).toBe(false);
  });
});
