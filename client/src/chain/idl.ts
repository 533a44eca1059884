import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Coordinator } from '../../../idl/coordinator.js';
import type { Treasurer } from '../../../idl/treasurer.js';
import { PsycheError } from '../errors.js';

/**
 * The programs' interface descriptions, read from the package's `idl/` folder: the same files whether this runs from
 * source or from `dist/`. (Importing JSON modules warns on Node 20.)
 */
function readIdl<T>(name: string): T {
  for (let dir = dirname(fileURLToPath(import.meta.url)); ; dir = dirname(dir)) {
    const path = join(dir, 'idl', `${name}.json`);
    if (existsSync(path)) return JSON.parse(readFileSync(path, 'utf8')) as T;
    if (dir === dirname(dir)) {
      throw new PsycheError('IDL_MISSING', `idl/${name}.json is not in this package: install it again, or \`npm run build:programs\`.`);
    }
  }
}

export const coordinatorIdl = readIdl<Coordinator>('coordinator');
export const treasurerIdl = readIdl<Treasurer>('treasurer');
