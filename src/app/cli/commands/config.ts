import { describeConfig, maskConfig } from '../../../core/config/describe.ts';
import { toConfigJsonSchema } from '../../../core/config/json-schema.ts';
import { listWarnings } from '../../../core/config/warnings.ts';
import type { Command } from '../command.ts';

export const showCommand: Command = async ({ palette, runtime }) => {
  const { config, configSource, configDigest } = await runtime();
  return {
    json: { source: configSource, digest: configDigest, config: maskConfig(config) },
    text: `${palette.dim(`# ${configSource}`)}\n${describeConfig(config).trimEnd()}`,
  };
};

/** Composing has parsed it: what is wrong was thrown as CONFIG_INVALID, with every mistake. */
export const validateCommand: Command = async ({ palette, runtime }) => {
  const { config, configSource } = await runtime();
  const warnings = listWarnings(config);
  return {
    json: { valid: true, source: configSource, warnings },
    text: [
      `${palette.green('✓')} ${configSource} is valid`,
      ...warnings.map((warning) => `${palette.yellow('!')} ${warning}`),
    ].join('\n'),
  };
};

export const schemaCommand: Command = () => {
  const schema = toConfigJsonSchema();
  return Promise.resolve({ json: schema, text: JSON.stringify(schema, null, 2) });
};
