import { cp, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Built } from './binding.js';

interface Locked {
  dependencies?: Record<string, string>;
}

/**
 * Copies the package into the project's node_modules. It shares the project's TensorFlow.js (two copies in one process
 * would register every kernel twice); what else it needs goes below it, where npm's own packages are not in the way.
 */
export async function placePackage({ folder, name }: Built, root: string): Promise<string> {
  const target = join(root, 'node_modules', name);
  const lock = JSON.parse(await readFile(join(folder, 'package-lock.json'), 'utf8')) as { packages: Record<string, Locked> };
  await mkdir(dirname(target), { recursive: true });
  const partial = await mkdtemp(join(root, 'node_modules', '.setup-native-'));
  try {
    const source = join(folder, 'node_modules', name);
    const sources = [join(source, 'src'), join(source, 'binding')];
    await cp(source, partial, { recursive: true, filter: (path) => !sources.includes(path) });
    for (const path of needs(lock.packages, `node_modules/${name}`)) await cp(join(folder, path), join(partial, path), { recursive: true });
    await rm(target, { recursive: true, force: true });
    await rename(partial, target);
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
  return target;
}

/** All packages below `from` in a lock file's tree, by path; not those of TensorFlow.js, which the project has. */
export function needs(packages: Record<string, Locked>, from: string, found = new Set<string>()): Set<string> {
  for (const name of Object.keys(packages[from]?.dependencies ?? {})) {
    if (name.startsWith('@tensorflow/')) continue;
    const path = resolveIn(packages, from, name);
    if (path === undefined || found.has(path)) continue;
    found.add(path);
    needs(packages, path, found);
  }
  return found;
}

/** Node's own search: beside the package that asks, then one folder further out each time. */
function resolveIn(packages: Record<string, Locked>, from: string, name: string): string | undefined {
  for (let at = from; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/node_modules/')))) {
    const path = at === '' ? `node_modules/${name}` : `${at}/node_modules/${name}`;
    if (path in packages) return path;
    if (at === '') return undefined;
  }
}
