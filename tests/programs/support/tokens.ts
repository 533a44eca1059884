import { type Keypair, PublicKey, SystemProgram } from '@solana/web3.js';
import { TOKEN_2022_PROGRAM, TOKEN_PROGRAM, tokenAddress } from '../../../client/src/chain/addresses.js';
import { splToken } from '../../../client/src/chain/spl-token.js';
import { createTokenAccountCall, type MintInfo } from '../../../client/src/chain/tokens.js';
import type { Call } from '../../../client/src/chain/transaction.js';
import type { Network } from './network.js';

/** An extension of Token-2022: its number, and the instruction that gives it to a mint. */
export type Extension = (mint: PublicKey, authority: PublicKey) => Promise<{ type: number; instruction: Call['instruction'] }>;

const call = (name: string, instruction: Call['instruction'], computeUnits = 50_000): Call => ({ name, instruction, computeUnits });

/** A new mint with 6 decimals, whose authority is `owner`. With extensions it is one of Token-2022. */
export async function createMint(
  network: Network, owner: Keypair, options: { name?: string; extensions?: readonly Extension[]; freezable?: boolean; token2022?: boolean } = {},
): Promise<MintInfo> {
  const spl = await splToken();
  const keypair = network.key(options.name ?? 'mint', 0n);
  network.bank.setAccount(keypair.publicKey.toBase58(), null);
  const extensions = await Promise.all((options.extensions ?? []).map((e) => e(keypair.publicKey, owner.publicKey)));
  const program = options.token2022 || extensions.length > 0 ? TOKEN_2022_PROGRAM : TOKEN_PROGRAM;
  const space = spl.getMintLen(extensions.map((e) => e.type));
  const account = SystemProgram.createAccount({
    fromPubkey: owner.publicKey, newAccountPubkey: keypair.publicKey, space, programId: program,
    lamports: Number(network.bank.svm.rentExemption(space)),
  });
  const freeze = options.freezable ? owner.publicKey : null;
  const init = spl.createInitializeMint2Instruction(keypair.publicKey, 6, owner.publicKey, freeze, program);
  await network.ok([call('account', account), ...extensions.map((e) => call('extension', e.instruction)), call('mint', init)], owner, keypair);
  return { address: keypair.publicKey, program, decimals: 6, supply: 0n };
}

/** The account of an owner for a mint, made if it is not there. */
export async function tokenAccount(network: Network, owner: Keypair, mint: MintInfo): Promise<PublicKey> {
  await network.ok(createTokenAccountCall(owner.publicKey, owner.publicKey, mint), owner);
  return tokenAddress(mint.address, owner.publicKey, mint.program);
}

/** Mints to an owner's account. */
export async function mintTo(network: Network, authority: Keypair, mint: MintInfo, owner: Keypair, amount: bigint): Promise<PublicKey> {
  const { createMintToInstruction } = await splToken();
  const to = await tokenAccount(network, owner, mint);
  await network.ok(call('mint', createMintToInstruction(mint.address, to, authority.publicKey, amount, [], mint.program)), authority);
  return to;
}

/** Base units in a token account. */
export const tokens = (network: Network, account: PublicKey): bigint => network.bank.getAccount(account)?.data.readBigUInt64LE(64) ?? 0n;
