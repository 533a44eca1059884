import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { toolchainChanges, type ToolchainVersions } from './toolchain.js';

/** programs/deploy/BUILD.json: what the committed programs were built from, with what, into what. */
export interface BuildRecord {
  toolchain: ToolchainVersions;
  /** sha256 over the programs' sources, Cargo.toml and Cargo.lock, hex. */
  sources: string;
  programs: Record<string, { address: string; bytes: number; sha256: string }>;
}

export const sha256 = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');

/** Hash of everything of the workspace that goes into the programs, independent of where the workspace lies. */
export async function sourcesHash(root: string, programs: readonly string[]): Promise<string> {
  const files = ['Cargo.toml', 'Cargo.lock'];
  for (const program of programs) {
    const folder = join(root, 'programs', program);
    files.push(relative(root, join(folder, 'Cargo.toml')));
    for (const entry of await readdir(join(folder, 'src'), { recursive: true, withFileTypes: true }))
      if (entry.isFile()) files.push(relative(root, join(entry.parentPath, entry.name)));
  }
  const lines = await Promise.all(files.sort().map(async (file) => `${sha256(await readFile(join(root, file)))} ${file}\n`));
  return sha256(lines.join(''));
}

/** Why committed and rebuilt programs may differ, most likely reason first; for a person to act on. */
export function explain(recorded: BuildRecord, here: BuildRecord): string {
  const changes = toolchainChanges(recorded.toolchain, here.toolchain);
  const same = Object.entries(here.programs).every(([name, program]) => recorded.programs[name]?.sha256 === program.sha256);
  if (same && Object.keys(here.programs).length > 0 && recorded.sources === here.sources)
    return 'these files were changed after they were built; run `npm run build:programs` and commit programs/deploy and idl';
  if (recorded.sources !== here.sources)
    return `the sources changed since programs/deploy was built${changes.length ? `, and the tool chain changed: ${changes.join(', ')}` : ''}; run \`npm run build:programs\` and commit programs/deploy and idl`;
  if (changes.length)
    return `tool chain changed: ${changes.join(', ')}; install the recorded versions (tools/sbf-toolchain/packages.txt), or run \`npm run build:programs\` with the new ones, then commit programs/deploy, idl and packages.txt`;
  return 'same sources, same tool chain: the build is not reproducible here; please report this with both files';
}
