import { describe, expect, test } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { describeConfig, maskConfig } from '../../../src/core/config/describe.ts';
import { toConfigJsonSchema } from '../../../src/core/config/json-schema.ts';
import { findNearest, measureDistance } from '../../../src/core/config/nearest.ts';
import { parseConfig } from '../../../src/core/config/parse.ts';
import { sections } from '../../../src/core/config/sections.ts';
import { vendors } from '../../../src/core/config/vendors.ts';

describe('showing the configuration', () => {
  const environment = { OPENAI_BASE_URL: 'https://me:s3cretpassw0rd@gw.example/v1', OPENAI_API_KEY: 'x' };
  const { config, sources } = parseConfig({ text: 'mode: dev\n', file: 'c.yml', environment });

  test('masks what looks like a credential', () => {
    expect(maskConfig(config).providers.openai?.baseUrl).toBe(
      'https://[REDACTED:url-credentials]@gw.example/v1',
    );
    expect(describeConfig(config, sources)).not.toContain('s3cretpassw0rd');
  });

  test('is YAML that reads back as the same configuration, and says what is no default', () => {
    const text = describeConfig(config, sources);
    expect(parseYaml(text)).toEqual(maskConfig(config));
    expect(text).toContain('# mode: c.yml:1');
    expect(describeConfig(config)).not.toContain('#');
  });
});

describe('the JSON Schema for editors', () => {
  const schema = toConfigJsonSchema();

  test('describes every section and key, and takes no others', () => {
    expect(Object.keys(schema.properties ?? {})).toEqual(Object.keys(sections));
    expect(schema).toMatchObject({ type: 'object', additionalProperties: false });
    expect(schema.required).toBeUndefined();
    const missing = listUndescribed(schema.properties ?? {});
    expect(missing.filter((path) => !/price/i.test(path))).toEqual([]);
  });

  test('is the same text every time', () => {
    expect(JSON.stringify(toConfigJsonSchema())).toBe(JSON.stringify(schema));
  });

  function listUndescribed(properties: NonNullable<typeof schema.properties>, path = ''): string[] {
    return Object.entries(properties).flatMap(([name, node]) => {
      const inner =
        typeof node.additionalProperties === 'object' ? (node.additionalProperties.properties ?? {}) : {};
      const below = listUndescribed({ ...node.properties, ...inner }, `${path}${name}.`);
      return node.description ? below : [`${path}${name}`, ...below];
    });
  }
});

describe('what somebody meant', () => {
  test.each([
    ['methd', ['method', 'deleteBranch'], 'method'],
    ['MODE', ['mode'], 'mode'],
    ['moed', ['mode', 'merge'], 'mode'],
    ['zzz', ['mode', 'merge'], undefined],
    ['x', [], undefined],
  ])('%s of %j is %s', (word, candidates, expected) => {
    expect(findNearest(word, candidates)).toBe(expected);
  });

  test.each([
    ['', 'abc', 3],
    ['abc', 'abc', 0],
    ['ab', 'ba', 1],
    ['kitten', 'sitting', 3],
  ])('from %j to %j is %i', (a, b, distance) => {
    expect(measureDistance(a, b)).toBe(distance);
    expect(measureDistance(b, a)).toBe(distance);
  });
});

test('every vendor that has a model has the variable of its key and an address', () => {
  const rows = Object.entries(vendors).filter(([name, { model }]) => model && name !== 'recorded');
  expect(rows.filter(([, { apiKeyEnv, baseUrl }]) => !apiKeyEnv || !baseUrl)).toEqual([]);
});
