import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Authorizer } from '../../../idl/authorizer.js';
import type { Coordinator } from '../../../idl/coordinator.js';
import type { Treasurer } from '../../../idl/treasurer.js';
import { PsycheError } from '../errors.js';
import { PROJECT_ROOT } from '../version.js';

/**
 * The programs' interface descriptions, read from the package's `idl/` folder: the same files whether this runs from
 * source or from `dist/`. (Importing JSON modules warns on Node 20.)
 */
function readIdl<T>(name: string): T {
  try {
    return JSON.parse(readFileSync(join(PROJECT_ROOT, 'idl', `${name}.json`), 'utf8')) as T;
  } catch (cause) {
    throw new PsycheError('IDL_MISSING', `idl/${name}.json is not in this package: install it again, or \`npm run build:programs\`.`, { cause });
  }
}

export const authorizerIdl = readIdl<Authorizer>('authorizer');
export const coordinatorIdl = readIdl<Coordinator>('coordinator');
export const treasurerIdl = readIdl<Treasurer>('treasurer');
