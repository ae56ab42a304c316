import { createArchiveTables, dropArchiveTables } from './schema-archive.ts';
import { createBesideTables, dropBesideTables } from './schema-beside.ts';
import { createLogFunctions, dropLogFunctions } from './schema-functions.ts';
import { createLogTables, dropLogTables } from './schema-log.ts';

export type Migration = {
  version: number;
  name: string;
  /** `schema`: quoted name of the schema it is made in. */
  up(schema: string): string;
  down: string;
};

/** One after the other; none is ever edited once it was published, what changes is a row more. */
export const migrations: readonly Migration[] = [
  {
    version: 1,
    name: 'log',
    up: (schema) => createLogTables + createLogFunctions(schema),
    down: dropLogFunctions + dropLogTables,
  },
  { version: 2, name: 'beside', up: () => createBesideTables, down: dropBesideTables },
  { version: 3, name: 'archive', up: () => createArchiveTables, down: dropArchiveTables },
];

export const NEWEST = migrations.length;
