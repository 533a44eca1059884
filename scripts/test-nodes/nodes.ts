import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * The executable of a major version of Node: this one, or one that npm's `node` package brings, kept under
 * node_modules/.cache for the next time.
 * @throws Error saying that npm could not fetch it
 */
export async function nodeOf(major: string, root: string): Promise<string> {
  if (process.versions.node.split('.')[0] === major) return process.execPath;
  const folder = join(root, 'node_modules/.cache/test-nodes', `node-${major}`);
  const executable = join(folder, 'node_modules/node/bin/node');
  if (!existsSync(executable)) {
    await mkdir(folder, { recursive: true });
    // An npm tree of its own, so that nothing is added to the project's.
    await writeFile(join(folder, 'package.json'), '{"private":true}\n');
    try {
      await run('npm', ['install', '--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error', `node@${major}`], { cwd: folder });
    } catch (error) {
      throw new Error(`Node ${major} could not be fetched with npm; see whether the registry can be reached. ${(error as Error).message}`);
    }
  }
  return executable;
}
