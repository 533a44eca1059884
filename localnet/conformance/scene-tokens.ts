import { type Keypair, PublicKey, SystemProgram, TransactionInstruction } from '@solana/web3.js';
import * as token from '@solana/spl-token';
import { KEYS, keyOf, type Scene } from './keys.js';
import type { Target } from './target.js';

const { TOKEN_PROGRAM_ID: CLASSIC, TOKEN_2022_PROGRAM_ID: T22 } = token;
const MINT = keyOf(120);
const MINT_22 = keyOf(121);
const WRAPPED = keyOf(122);
const MULTISIG = keyOf(123);
const SPARE = keyOf(124);
const OTHER_MINT = keyOf(125);
const EXTENDED = keyOf(126);

const METADATA = ['Conformance', 'CNF', 'https://example.org/x'];
/** Update authority, mint, the three texts with their lengths, no further fields. */
const METADATA_BYTES = 64 + METADATA.reduce((sum, text) => sum + 4 + text.length, 0) + 4;

const account = async (target: Target, payer: Keypair, key: Keypair, space: number, programId: PublicKey, extra = 0): Promise<TransactionInstruction> =>
  SystemProgram.createAccount({
    fromPubkey: payer.publicKey, newAccountPubkey: key.publicKey, space, programId,
    lamports: await target.get<number>('getMinimumBalanceForRentExemption', space + extra),
  });

/** A mint of the classic program with holders, a multisig, wrapped SOL; nearly every instruction of the program once. */
export async function prepareTokens(target: Target): Promise<Scene> {
  const { tokenPayer: payer, bob, carol } = KEYS;
  const scene: Scene = { mint: MINT.publicKey.toBase58(), wrapped: WRAPPED.publicKey.toBase58(), multisig: MULTISIG.publicKey.toBase58() };
  const send = async (name: string, instructions: TransactionInstruction[], signers = [payer]): Promise<void> => {
    scene[name] = await target.send(name, await target.sign(instructions, signers));
  };
  const mint = MINT.publicKey;
  const mine = token.getAssociatedTokenAddressSync(mint, payer.publicKey);
  const bobs = token.getAssociatedTokenAddressSync(mint, bob.publicKey);
  Object.assign(scene, { tokens: mine.toBase58(), bobsTokens: bobs.toBase58() });
  await send('createMint', [
    await account(target, payer, MINT, token.MINT_SIZE, CLASSIC),
    token.createInitializeMint2Instruction(mint, 6, payer.publicKey, payer.publicKey),
    token.createAssociatedTokenAccountInstruction(payer.publicKey, mine, payer.publicKey, mint),
    token.createAssociatedTokenAccountIdempotentInstruction(payer.publicKey, bobs, bob.publicKey, mint),
    token.createMintToInstruction(mint, mine, payer.publicKey, 5_000_000_000n),
  ], [payer, MINT]);
  await send('moveTokens', [
    token.createTransferInstruction(mine, bobs, payer.publicKey, 1_500_000n),
    token.createTransferCheckedInstruction(mine, mint, bobs, payer.publicKey, 250_000n, 6),
    token.createMintToCheckedInstruction(mint, mine, payer.publicKey, 1_000n, 6),
    token.createBurnInstruction(mine, mint, payer.publicKey, 500n),
    token.createBurnCheckedInstruction(mine, mint, payer.publicKey, 500n, 6),
    token.createApproveCheckedInstruction(mine, mint, carol.publicKey, payer.publicKey, 7n, 6),
    token.createRevokeInstruction(mine, payer.publicKey),
    token.createApproveInstruction(mine, carol.publicKey, payer.publicKey, 42_000_000n),
    token.createFreezeAccountInstruction(bobs, mint, payer.publicKey),
    token.createThawAccountInstruction(bobs, mint, payer.publicKey),
  ]);
  await send('wrapAndMultisig', [
    await account(target, payer, WRAPPED, token.ACCOUNT_SIZE, CLASSIC, 10_000),
    token.createInitializeAccount3Instruction(WRAPPED.publicKey, token.NATIVE_MINT, payer.publicKey),
    token.createSyncNativeInstruction(WRAPPED.publicKey),
    await account(target, payer, MULTISIG, token.MULTISIG_SIZE, CLASSIC),
    token.createInitializeMultisigInstruction(MULTISIG.publicKey, [payer.publicKey, bob.publicKey], 1),
    await account(target, payer, SPARE, token.ACCOUNT_SIZE, CLASSIC),
    token.createInitializeAccountInstruction(SPARE.publicKey, mint, payer.publicKey),
    token.createSetAuthorityInstruction(SPARE.publicKey, payer.publicKey, token.AuthorityType.CloseAccount, carol.publicKey),
  ], [payer, WRAPPED, MULTISIG, SPARE]);
  await send('multisigUse', [
    token.createSetAuthorityInstruction(SPARE.publicKey, payer.publicKey, token.AuthorityType.AccountOwner, MULTISIG.publicKey),
    token.createTransferInstruction(mine, SPARE.publicKey, payer.publicKey, 9n),
    token.createTransferInstruction(SPARE.publicKey, mine, MULTISIG.publicKey, 9n, [payer]),
    await account(target, payer, OTHER_MINT, token.MINT_SIZE, CLASSIC),
    token.createInitializeMintInstruction(OTHER_MINT.publicKey, 0, payer.publicKey, null),
    token.createSetAuthorityInstruction(OTHER_MINT.publicKey, payer.publicKey, token.AuthorityType.MintTokens, null),
  ], [payer, OTHER_MINT]);
  await send('tokensFail', [token.createTransferInstruction(mine, bobs, payer.publicKey, 10n ** 18n)]);
  await send('freeze', [token.createFreezeAccountInstruction(bobs, mint, payer.publicKey)]);
  scene.otherMint = OTHER_MINT.publicKey.toBase58();
  scene.spare = SPARE.publicKey.toBase58();
  return scene;
}

/** A Token-2022 mint without, and one with most extensions; holders of both. */
export async function prepareTokens2022(target: Target): Promise<Scene> {
  const { token22Payer: payer, bob, carol } = KEYS;
  const scene: Scene = { mint22: MINT_22.publicKey.toBase58(), extended: EXTENDED.publicKey.toBase58() };
  const send = async (name: string, instructions: TransactionInstruction[], signers = [payer]): Promise<void> => {
    scene[name] = await target.send(name, await target.sign(instructions, signers));
  };
  const mint = MINT_22.publicKey;
  const mine = token.getAssociatedTokenAddressSync(mint, payer.publicKey, false, T22);
  scene.tokens22 = mine.toBase58();
  await send('createMint22', [
    await account(target, payer, MINT_22, token.MINT_SIZE, T22),
    token.createInitializeMint2Instruction(mint, 2, payer.publicKey, null, T22),
    token.createAssociatedTokenAccountInstruction(payer.publicKey, mine, payer.publicKey, mint, T22),
    token.createMintToInstruction(mint, mine, payer.publicKey, 12_345n, [], T22),
  ], [payer, MINT_22]);
  const extended = EXTENDED.publicKey;
  const kinds = [
    token.ExtensionType.TransferFeeConfig, token.ExtensionType.MintCloseAuthority, token.ExtensionType.PermanentDelegate,
    token.ExtensionType.DefaultAccountState, token.ExtensionType.MetadataPointer, token.ExtensionType.InterestBearingConfig,
    token.ExtensionType.GroupPointer, token.ExtensionType.GroupMemberPointer, token.ExtensionType.TransferHook,
  ];
  await send('createExtended', [
    await account(target, payer, EXTENDED, token.getMintLen(kinds), T22, token.TYPE_SIZE + token.LENGTH_SIZE + METADATA_BYTES),
    token.createInitializeTransferFeeConfigInstruction(extended, payer.publicKey, payer.publicKey, 50, 1_000n, T22),
    token.createInitializeMintCloseAuthorityInstruction(extended, payer.publicKey, T22),
    token.createInitializePermanentDelegateInstruction(extended, carol.publicKey, T22),
    token.createInitializeDefaultAccountStateInstruction(extended, token.AccountState.Initialized, T22),
    token.createInitializeMetadataPointerInstruction(extended, payer.publicKey, extended, T22),
    token.createInitializeInterestBearingMintInstruction(extended, payer.publicKey, 0, T22),
    token.createInitializeGroupPointerInstruction(extended, payer.publicKey, extended, T22),
    token.createInitializeGroupMemberPointerInstruction(extended, payer.publicKey, extended, T22),
    token.createInitializeTransferHookInstruction(extended, payer.publicKey, SystemProgram.programId, T22),
    token.createInitializeMint2Instruction(extended, 3, payer.publicKey, payer.publicKey, T22),
  ], [payer, EXTENDED]);
  const held = token.getAssociatedTokenAddressSync(extended, payer.publicKey, false, T22);
  const bobs = token.getAssociatedTokenAddressSync(extended, bob.publicKey, false, T22);
  Object.assign(scene, { extendedTokens: held.toBase58(), bobsExtended: bobs.toBase58() });
  await send('extendedMetadata', [
    initializeMetadata(extended, payer.publicKey),
    token.createUpdateTransferHookInstruction(extended, payer.publicKey, PublicKey.default, [], T22),
    token.createAssociatedTokenAccountInstruction(payer.publicKey, held, payer.publicKey, extended, T22),
    token.createAssociatedTokenAccountInstruction(payer.publicKey, bobs, bob.publicKey, extended, T22),
    token.createMintToInstruction(extended, held, payer.publicKey, 1_000_000n, [], T22),
  ]);
  await send('extendedUse', [
    token.createReallocateInstruction(held, payer.publicKey, [token.ExtensionType.MemoTransfer, token.ExtensionType.CpiGuard], payer.publicKey, [], T22),
    token.createEnableRequiredMemoTransfersInstruction(held, payer.publicKey, [], T22),
    token.createEnableCpiGuardInstruction(held, payer.publicKey, [], T22),
    token.createTransferCheckedWithFeeInstruction(held, extended, bobs, payer.publicKey, 10_000n, 3, 50n, [], T22),
    token.createHarvestWithheldTokensToMintInstruction(extended, [bobs], T22),
    token.createWithdrawWithheldTokensFromMintInstruction(extended, bobs, payer.publicKey, [], T22),
    token.createSetTransferFeeInstruction(extended, payer.publicKey, [], 60, 1_200n, T22),
  ]);
  return scene;
}

/** Name, symbol and URI kept in the mint itself: the token metadata interface's Initialize. */
function initializeMetadata(mint: PublicKey, authority: PublicKey): TransactionInstruction {
  const texts = METADATA.flatMap((text) => [Buffer.of(text.length, 0, 0, 0), Buffer.from(text)]);
  const key = (pubkey: PublicKey, isWritable = false, isSigner = false) => ({ pubkey, isWritable, isSigner });
  return new TransactionInstruction({
    programId: T22, keys: [key(mint, true), key(authority), key(mint), key(authority, false, true)],
    data: Buffer.concat([Buffer.of(210, 225, 30, 162, 88, 184, 77, 141), ...texts]),
  });
}
