import { test } from 'node:test';
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { Keypair } from '@solana/web3.js';
import { parse } from 'smol-toml';
import { explain, sha256, type BuildRecord } from './record.js';

const file = (path: string) => readFile(new URL(`../../${path}`, import.meta.url));
const json = async <T>(path: string) => JSON.parse((await file(path)).toString()) as T;

test('the committed programs are those of the build record, for the addresses of the committed keypairs', async () => {
  const record = await json<BuildRecord>('programs/deploy/BUILD.json');
  assert.deepEqual(Object.keys(record.programs), ['authorizer', 'coordinator', 'treasurer']);
  for (const [name, { address, bytes, sha256: hash }] of Object.entries(record.programs)) {
    const program = await file(`programs/deploy/${name}.so`);
    assert.equal(program.length, bytes);
    assert.equal(sha256(program), hash);
    assert.equal(program.readUInt32LE(48), 3, 'SBF version 3: older ones can no longer be deployed');
    const keypair = Keypair.fromSecretKey(Uint8Array.from(await json<number[]>(`tools/keypairs/${name}-keypair.json`)));
    assert.equal(keypair.publicKey.toBase58(), address);
    assert.equal((await json<{ address: string }>(`idl/${name}.json`)).address, address);
  }
});

test('the apt packages that are installed are those the programs were built with', async () => {
  const { toolchain } = await json<BuildRecord>('programs/deploy/BUILD.json');
  const pinned = (await file('tools/sbf-toolchain/packages.txt')).toString();
  for (const [name, version] of Object.entries(toolchain.packages)) assert.ok(pinned.includes(`\n${name}=${version}\n`), `${name}=${version}`);
});

test('a difference is explained by what changed: sources, tool chain, both, or neither', () => {
  const built: BuildRecord = {
    toolchain: { kit: 'aa', packages: { 'llvm-22': '1', 'rustc-web': '2' } },
    sources: 's',
    programs: {},
  };
  const newer = { ...built, toolchain: { kit: 'aa', packages: { 'llvm-22': '1.1', 'rustc-web': '2' } } };
  assert.match(explain(built, newer), /^tool chain changed: llvm-22 1 → 1\.1; install/);
  assert.match(explain(built, { ...built, toolchain: { kit: 'bb', packages: {} } }), /tools\/sbf-toolchain itself, llvm-22 1 → none, rustc-web 2 → none/);
  assert.match(explain(built, { ...built, sources: 't' }), /^the sources changed since programs\/deploy was built; run/);
  assert.match(explain(built, { ...newer, sources: 't' }), /^the sources changed .*, and the tool chain changed: llvm-22/);
  assert.match(explain(built, { ...built }), /not reproducible here/);
  const program = { address: 'a', bytes: 1, sha256: 'p' };
  assert.match(explain({ ...built, programs: { program } }, { ...newer, programs: { program } }), /^these files were changed after they were built/);
});

test('Anchor.toml names the same programs: anchor takes every other folder of programs/ for one, too', async () => {
  const { programs } = await json<BuildRecord>('programs/deploy/BUILD.json');
  const anchor = parse((await file('Anchor.toml')).toString()) as { workspace: { members: string[] }; programs: { localnet: Record<string, string> } };
  assert.deepEqual(anchor.workspace.members, Object.keys(programs).map((name) => `programs/${name}`));
  assert.deepEqual({ ...anchor.programs.localnet }, Object.fromEntries(Object.entries(programs).map(([name, { address }]) => [name, address])));
});
