import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PsycheError } from './errors.js';

/** The project's folder: from the sources as from the build, the nearest one above that has a package.json. */
export const PROJECT_ROOT = ((): string => {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
})();

/** What a run asks of its members: they run the version that its creator named, so that they compute the same. */
export const CLIENT_VERSION: string = (createRequire(import.meta.url)(join(PROJECT_ROOT, 'package.json')) as { version: string }).version;

/** Says how to get the version that a run asks for. */
export function wrongVersion(wanted: string): PsycheError {
  return new PsycheError('CLIENT_VERSION', `this run needs psyche-client ${wanted}, this is ${CLIENT_VERSION}: install it with \`npm install -g psyche-client@${wanted}\``);
}
