import { describe, expect, test } from 'vitest';
import { vendors } from '../../src/core/config/vendors.ts';
import { costOf, findModel, freePrice } from '../../src/providers/prices.ts';

const today = new Date('2026-11-20T12:00:00Z');
const usage = { inputTokens: 1_000_000, outputTokens: 100_000, cacheReadTokens: 0, cacheWriteTokens: 0 };

function getPrice(vendor: string, model: string, on = today) {
  const price = findModel(vendor, model, on)?.price;
  if (!price) throw new Error(`no price of ${model}`);
  return price;
}

describe('the price table', () => {
  test('says when and where its prices come from', () => {
    expect(getPrice('anthropic', 'claude-opus-5-5')).toEqual({
      input: 4,
      output: 20,
      cacheRead: 0.2,
      cacheWrite: 5,
      asOf: '2026-09-23',
      source: 'genai-prices 0.1.8',
    });
    expect(findModel('anthropic', 'claude-haiku-4-5', today)).toMatchObject({
      contextTokens: 200_000,
      maxOutputTokens: 64_000,
    });
  });

  test.each([
    ['anthropic', 'claude-sonnet-5-5'],
    ['anthropic', 'claude-opus-5-5-20261021'],
    ['openai', 'gpt-6.1-sol'],
    ['openrouter', 'claude-opus-5-5'],
    ['openai', ''],
  ])('does not guess the price of a relative: %s %s', (vendor, model) => {
    expect(findModel(vendor, model, today)).toBeUndefined();
  });

  test.each(['anthropic', 'openai', 'gemini', 'zai'] as const)('knows the default model of %s', (vendor) => {
    expect(findModel(vendor, vendors[vendor].model, today)?.price.input).toBeGreaterThan(0);
  });

  test('follows an announced rise to the day', () => {
    expect(getPrice('gemini', 'gemini-3.8-flash', new Date('2026-12-31T23:59:59Z')).input).toBe(0.75);
    expect(getPrice('gemini', 'gemini-3.8-flash', new Date('2027-01-01T00:00:00Z')).input).toBe(1.5);
  });
});

describe('the cost of a call', () => {
  test('adds up all four kinds of tokens', () => {
    const mixed = { inputTokens: 1000, outputTokens: 200, cacheReadTokens: 50_000, cacheWriteTokens: 3000 };
    expect(costOf(mixed, getPrice('anthropic', 'claude-opus-5-5'))).toBe(0.033);
  });

  test('is dearer for the whole call above the tier of long prompts', () => {
    const price = getPrice('openai', 'gpt-6-sol');
    const at = (inputTokens: number) => costOf({ ...usage, inputTokens, outputTokens: 0 }, price);
    expect(at(272_000)).toBe(0.544);
    expect(at(272_001)).toBeCloseTo(1.088004, 8);
    const cached = { inputTokens: 0, outputTokens: 1000, cacheReadTokens: 300_000, cacheWriteTokens: 0 };
    expect(costOf(cached, price)).toBe(0.135);
  });

  test('is nothing on a machine of one’s own, and keeps sums readable', () => {
    expect(costOf(usage, freePrice)).toBe(0);
    const tiny = { inputTokens: 1, outputTokens: 1, cacheReadTokens: 1, cacheWriteTokens: 1 };
    expect(costOf(tiny, getPrice('openai', 'gpt-6-luna'))).toBe(0.00000074);
  });
});
