import { type MigratedLog, migrateLog } from '../../../migrate-log.ts';
import type { Command } from '../../command.ts';

export const migrateCommand: Command = async ({ args: [direction = 'status'], environment }) => {
  const migrated = await migrateLog(environment, direction);
  return { json: migrated, text: describe(migrated) };
};

function describe({ place, version, newest, applied }: MigratedLog): string {
  const rows = applied.map(({ version: number, name, at }) => `  ${number} ${name}, since ${at}`);
  const what = version === 0 ? 'there are no tables of Tamma' : `the tables are of version ${version}`;
  return [`${place}: ${what} (newest: ${newest})`, ...rows].join('\n');
}
