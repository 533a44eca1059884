import { Keypair, PublicKey, SystemProgram } from '@solana/web3.js';
import { missesOf, TOKEN_2022_PROGRAM, TOKEN_PROGRAM, tokenAddress } from './addresses.js';
import type { Chain } from './chain.js';
import { BUILTIN_UNITS, TOKEN_UNITS } from './compute-units.js';
import { ChainError } from './errors.js';
import type { Sent } from './send.js';
import { splToken } from './spl-token.js';
import type { Call } from './transaction.js';

/** What an SPL mint says. */
export interface MintInfo {
  address: PublicKey;
  /** SPL Token or Token-2022. */
  program: PublicKey;
  decimals: number;
  supply: bigint;
  /** Who could freeze what members claimed; absent is best. */
  freezeAuthority?: PublicKey;
  /** Whether transfers may cost a fee, which stays in the receiving account until it is harvested. */
  transferFee?: boolean;
}

/** @throws ChainError `MINT_INVALID`, `RPC_*` */
export async function fetchMint(chain: Chain, address: PublicKey): Promise<MintInfo> {
  const account = await chain.account(address);
  const program = [TOKEN_PROGRAM, TOKEN_2022_PROGRAM].find((p) => account?.owner.equals(p));
  if (!account || !program) throw new ChainError('MINT_INVALID', `${address.toBase58()} is no SPL mint on this cluster: check the address and -u.`);
  const { getTransferFeeConfig, unpackMint } = await splToken();
  try {
    const mint = unpackMint(address, { ...account, rentEpoch: 0 }, program);
    return { address, program, decimals: mint.decimals, supply: mint.supply, freezeAuthority: mint.freezeAuthority ?? undefined, transferFee: getTransferFeeConfig(mint) !== null };
  } catch (cause) {
    throw new ChainError('MINT_INVALID', `${address.toBase58()} is no SPL mint that can be read.`, { cause });
  }
}

/** Base units in a token account; 0 when there is none. @throws ChainError `RPC_*` */
export async function tokenBalance(chain: Chain, account: PublicKey): Promise<bigint> {
  const found = await chain.account(account);
  // Mint, owner, then the amount, in every version of the token program.
  return found && found.data.length >= 72 ? found.data.readBigUInt64LE(64) : 0n;
}

/** Makes `owner`'s account for a mint, if it is not there. */
export async function createTokenAccountCall(payer: PublicKey, owner: PublicKey, mint: MintInfo): Promise<Call> {
  const { createAssociatedTokenAccountIdempotentInstruction } = await splToken();
  const account = tokenAddress(mint.address, owner, mint.program);
  return {
    name: 'create token account',
    instruction: createAssociatedTokenAccountIdempotentInstruction(payer, account, owner, mint.address, mint.program),
    computeUnits: TOKEN_UNITS.createAccount(mint, missesOf(account)),
  };
}

/** Moves the fees withheld in an account to the mint, which anyone may: an account that holds any can't be closed. */
export async function harvestFeesCall(mint: MintInfo, account: PublicKey): Promise<Call> {
  const { createHarvestWithheldTokensToMintInstruction } = await splToken();
  const instruction = createHarvestWithheldTokensToMintInstruction(mint.address, [account], mint.program);
  return { name: 'harvest fees', instruction, computeUnits: TOKEN_UNITS.harvestFees() };
}

/**
 * Makes a new SPL mint and gives its whole supply to the payer: play money for local and test networks. It has no
 * freeze authority; the payer may mint more.
 *
 * @param supply base units.
 */
export async function createMint(
  chain: Chain,
  payer: Keypair,
  decimals: number,
  supply: bigint,
  signal?: AbortSignal,
): Promise<{ mint: MintInfo; sent: Sent }> {
  const spl = await splToken();
  const keypair = Keypair.generate();
  const mint = { address: keypair.publicKey, program: TOKEN_PROGRAM, decimals, supply };
  const lamports = Number(await chain.rent(spl.MINT_SIZE));
  const account = SystemProgram.createAccount({
    fromPubkey: payer.publicKey,
    newAccountPubkey: mint.address,
    lamports,
    space: spl.MINT_SIZE,
    programId: TOKEN_PROGRAM,
  });
  const holder = tokenAddress(mint.address, payer.publicKey, TOKEN_PROGRAM);
  const calls: Call[] = [
    { name: 'create account', instruction: account, computeUnits: BUILTIN_UNITS },
    { name: 'create mint', instruction: spl.createInitializeMint2Instruction(mint.address, decimals, payer.publicKey, null), computeUnits: 10_000 },
    await createTokenAccountCall(payer.publicKey, payer.publicKey, mint),
    { name: 'mint', instruction: spl.createMintToInstruction(mint.address, holder, payer.publicKey, supply), computeUnits: 10_000 },
  ];
  return { mint, sent: await chain.send(calls, { signers: [payer, keypair], signal }) };
}
