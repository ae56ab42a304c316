import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Contract, loadContract } from './openapi-contract.ts';

const FILE = resolve(import.meta.dirname, '../../../shared/specs/github-23.0.2.openapi.json.gz');

let loaded: Contract | undefined;

/** GitHub's own description, where its folder is present: third-party data that is no part of the project. */
export function findContract(): Contract | undefined {
  if (!loaded && existsSync(FILE)) loaded = loadContract(FILE);
  return loaded;
}

export const hasContract = () => existsSync(FILE);
