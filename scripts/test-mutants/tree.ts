import { cp, mkdir, readdir, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/**
 * One crate around a program's logic. Its name and module path are the program's, so that `crate::logic::…` means the
 * same; its dependencies are all that logic may have (nothing of Solana's but the hash).
 */
const crate = (name: string) => `[package]
name = "${name}"
version = "0.0.0"
edition = "2021"

[dependencies]
solana-sha256-hasher = { version = "3.1", features = ["sha2"] }
`;

// Tests hash a lot: dependencies are optimized, once. The crates themselves are built for every mutant.
const WORKSPACE = `[workspace]
resolver = "2"
members = ["programs/*"]

[profile.dev]
debug = false

[profile.dev.package."*"]
opt-level = 3
`;

/** The programs of the workspace at `root` that have pure logic. */
export async function programsWithLogic(root: string): Promise<string[]> {
  const names = await readdir(join(root, 'programs'));
  return names.filter((name) => existsSync(join(root, 'programs', name, 'src/logic/mod.rs'))).sort();
}

/**
 * Copies the logic of `programs` from `root` into a workspace of its own at `tree`, under the same paths. It builds in a
 * second, where the programs with Anchor take minutes; Cargo.lock goes along, so that the hash is the programs' own.
 */
export async function plantLogic(root: string, programs: readonly string[], tree: string): Promise<void> {
  await writeFile(join(tree, 'Cargo.toml'), WORKSPACE);
  await cp(join(root, 'Cargo.lock'), join(tree, 'Cargo.lock'));
  for (const name of programs) {
    const folder = join(tree, 'programs', name);
    await mkdir(join(folder, 'src'), { recursive: true });
    await writeFile(join(folder, 'Cargo.toml'), crate(name));
    await writeFile(join(folder, 'src/lib.rs'), 'pub mod logic;\n');
    await cp(join(root, 'programs', name, 'src/logic'), join(folder, 'src/logic'), { recursive: true });
  }
}
