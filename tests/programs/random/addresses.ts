import { createHash } from 'node:crypto';
import { PublicKey } from '@solana/web3.js';
import { ASSOCIATED_TOKEN_PROGRAM } from '../../../client/src/chain/addresses.js';
import { programIds } from '../../../client/src/chain/program-ids.js';
import type { MintInfo } from '../../../client/src/chain/tokens.js';

const ids = programIds();
const found = new Map<string, PublicKey>();

const cached = (key: string, find: () => PublicKey): PublicKey => {
  let address = found.get(key);
  if (!address) found.set(key, (address = find()));
  return address;
};

const texts = new WeakMap<PublicKey, string>();

/** In base58, which takes long: the same keys are asked for again and again. */
export function textOf(key: PublicKey): string {
  let text = texts.get(key);
  if (text === undefined) texts.set(key, (text = key.toBase58()));
  return text;
}

/** A program-derived address; finding one takes long, and each is asked for thousands of times. */
export function pda(program: keyof typeof ids, ...seeds: (string | Uint8Array | PublicKey)[]): PublicKey {
  const bytes = seeds.map(
    (s) => (typeof s === 'string' ? Buffer.from(s) : s instanceof PublicKey ? s.toBuffer() : Buffer.from(s))
  );
  return cached(
    `${program}/${bytes.map((b) => b.toString('hex')).join('/')}`, () => PublicKey.findProgramAddressSync(bytes, ids[program])[0],
  );
}

/** The associated token account of an owner. */
export function tokensAt(mint: MintInfo, owner: PublicKey): PublicKey {
  const seeds = [owner.toBuffer(), mint.program.toBuffer(), mint.address.toBuffer()];
  return cached(
    `${mint.address.toBase58()}/${owner.toBase58()}`, () => PublicKey.findProgramAddressSync(seeds, ASSOCIATED_TOKEN_PROGRAM)[0],
  );
}

/** Where an authority makes the run of this id. */
export const runAt = (authority: PublicKey, runId: string): PublicKey =>
  cached(`run/${authority.toBase58()}/${runId}`, () =>
    new PublicKey(createHash('sha256').update(authority.toBuffer()).update(runId).update(ids.coordinator.toBuffer()).digest()));

export const instanceOf = (runId: string): PublicKey => pda('coordinator', 'run', runId);
export const manifestOf = (run: PublicKey): PublicKey => pda('coordinator', 'manifest', run);
export const memberOf = (run: PublicKey, node: PublicKey): PublicKey => pda('coordinator', 'member', run, node);
export const claimRecordOf = (treasury: PublicKey, member: PublicKey): PublicKey => pda('treasurer', 'claim', treasury, member);
