/**
 * npm run build:programs [-- --check] [-- --program-keypairs DIR [--out DIR]]
 *
 * Builds the programs to SBF v3 with the project's own tool chain: programs/deploy/<name>.so and BUILD.json, the IDLs
 * and their TypeScript types in idl/. The same sources and tool chain give the same bytes from any folder.
 *
 *   --check                 builds aside and fails, saying why, if the committed files differ
 *   --program-keypairs DIR  programs for one's own addresses, those of DIR/<name>-keypair.json; they go to
 *                           --out (default target/programs), the committed ones stay
 */
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Keypair } from '@solana/web3.js';
import type { Idl } from '@coral-xyz/anchor';
import { idlTypes } from './idl-types.js';
import { explain, sha256, sourcesHash, type BuildRecord } from './record.js';
import { Toolchain } from './toolchain.js';

const PROGRAMS = ['authorizer', 'coordinator', 'treasurer'] as const;
const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

/** Builds everything into `out` (deploy/ and idl/ below it) for the addresses of the keypairs in `keypairs`. */
async function build(toolchain: Toolchain, keypairs: string, out: string): Promise<BuildRecord> {
  const addresses = Object.fromEntries(await Promise.all(PROGRAMS.map(async (name) => [name, await addressOf(keypairs, name)] as const)));
  // Each program reads its address, and that of the programs it calls, from these.
  const env = Object.fromEntries(PROGRAMS.map((name) => [`PSYCHE_${name.toUpperCase()}_ID`, addresses[name]!]));
  const record: BuildRecord = { toolchain: await toolchain.versions(), sources: await sourcesHash(root, PROGRAMS), programs: {} };
  const built = await mkdtemp(join(tmpdir(), 'psyche-build-'));
  try {
    await mkdir(join(out, 'deploy'), { recursive: true });
    await mkdir(join(out, 'idl'), { recursive: true });
    for (const name of PROGRAMS) {
      const manifest = join(root, 'programs', name, 'Cargo.toml');
      await toolchain.build(manifest, built, env);
      const bytes = await readFile(join(built, `${name}.so`));
      await writeFile(join(out, 'deploy', `${name}.so`), bytes);
      record.programs[name] = { address: addresses[name]!, bytes: bytes.length, sha256: sha256(bytes) };
      await toolchain.idl(manifest, join(out, 'idl', `${name}.json`), env);
      const idl = JSON.parse(await readFile(join(out, 'idl', `${name}.json`), 'utf8')) as Idl;
      if (idl.address !== addresses[name]) throw new Error(`programs/${name} has the address ${idl.address}, not ${addresses[name]} as its keypair: does its declare_id! read PSYCHE_${name.toUpperCase()}_ID?`);
      await writeFile(join(out, 'idl', `${name}.ts`), idlTypes(name, idl));
    }
  } finally {
    await rm(built, { recursive: true, force: true });
  }
  await writeFile(join(out, 'deploy/BUILD.json'), JSON.stringify(record, null, 2) + '\n');
  return record;
}

async function addressOf(folder: string, name: string): Promise<string> {
  const file = join(folder, `${name}-keypair.json`);
  try {
    return Keypair.fromSecretKey(Uint8Array.from(JSON.parse(await readFile(file, 'utf8')) as number[])).publicKey.toBase58();
  } catch (cause) {
    throw new Error(`${file} is not a keypair file; make one with: solana-keygen new --no-bip39-passphrase -o ${file}`, { cause });
  }
}

/** The files a build makes, relative to the folder it is made into, and where the repository keeps them. */
const FILES = [
  ...PROGRAMS.flatMap((name) => [
    [`deploy/${name}.so`, `programs/deploy/${name}.so`],
    [`idl/${name}.json`, `idl/${name}.json`],
    [`idl/${name}.ts`, `idl/${name}.ts`],
  ]),
  ['deploy/BUILD.json', 'programs/deploy/BUILD.json'],
] as const;

/** Compares a build with the committed files; returns whether they are the same. */
async function check(built: string, here: BuildRecord): Promise<boolean> {
  const differing: string[] = [];
  for (const [made, kept] of FILES) {
    if (made.endsWith('BUILD.json')) continue;
    const path = join(root, kept!);
    if (!existsSync(path) || !(await readFile(path)).equals(await readFile(join(built, made!)))) differing.push(kept!);
  }
  const recordFile = join(root, 'programs/deploy/BUILD.json');
  if (!existsSync(recordFile)) throw new Error('programs/deploy/BUILD.json is missing; run `npm run build:programs` and commit it');
  const recorded = JSON.parse(await readFile(recordFile, 'utf8')) as BuildRecord;
  const same = JSON.stringify(recorded) === JSON.stringify(here);
  if (differing.length === 0) {
    console.log(`the committed programs are what their sources build to${same ? '' : `; but BUILD.json is of another build: ${explain(recorded, here)}`}`);
    return true;
  }
  console.error(`differ from what their sources build to: ${differing.join(', ')}\nreason: ${explain(recorded, here)}`);
  for (const name of PROGRAMS)
    console.error(`  ${name}.so: recorded ${recorded.programs[name]?.sha256 ?? 'none'}, built ${here.programs[name]!.sha256} (${here.programs[name]!.bytes} bytes)`);
  return false;
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { check: { type: 'boolean', default: false }, 'program-keypairs': { type: 'string' }, out: { type: 'string' } } });
  const own = values['program-keypairs'];
  if (values.check && (own || values.out)) throw new Error('--check compares the committed programs; it takes no --program-keypairs or --out');
  const toolchain = new Toolchain(root);
  await toolchain.install();
  if (own || values.out) {
    const out = resolve(values.out ?? join(root, 'target/programs'));
    const record = await build(toolchain, resolve(own ?? join(root, 'tools/keypairs')), out);
    for (const name of PROGRAMS) console.log(`${name} for ${record.programs[name]!.address}: ${join(out, 'deploy', `${name}.so`)}`);
    return;
  }
  const aside = await mkdtemp(join(tmpdir(), 'psyche-programs-'));
  try {
    const record = await build(toolchain, join(root, 'tools/keypairs'), aside);
    if (values.check) {
      if (!(await check(aside, record))) process.exitCode = 1;
      return;
    }
    // All or nothing: the repository's files are only touched once every program is built.
    for (const [made, kept] of FILES) {
      await mkdir(dirname(join(root, kept!)), { recursive: true });
      await copyFile(join(aside, made!), join(root, kept!));
    }
    for (const name of PROGRAMS) console.log(`${name} ${record.programs[name]!.address} ${record.programs[name]!.bytes} bytes, sha256 ${record.programs[name]!.sha256}`);
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}

await main().catch((error: Error) => {
  console.error(`build:programs: ${error.message}`);
  process.exitCode = 1;
});
