import type { Command } from '../command.ts';

export const platformsCommand: Command = async ({ palette, runtime }) => {
  const { platform } = await runtime();
  const { id, repository, capabilities } = platform;
  const rows = Object.entries(capabilities).map(
    ([name, value]) =>
      `  ${name.padEnd(16)} ${palette.dim(Array.isArray(value) ? value.join(', ') : String(value))}`,
  );
  return {
    json: { platforms: [{ id, repository, capabilities }] },
    text: [`${palette.bold(id)} ${repository}`, ...rows].join('\n'),
  };
};
