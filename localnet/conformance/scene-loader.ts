import { PublicKey, SystemProgram, TransactionInstruction } from '@solana/web3.js';
import { LOADER_UPGRADEABLE } from '../src/ledger/addresses.js';
import { KEYS, keyOf, type Scene } from './keys.js';
import type { Target } from './target.js';

const LOADER = new PublicKey(LOADER_UPGRADEABLE);
const BUFFER = keyOf(130);
const SPARE = keyOf(131);
/** u32 tag, Option<Pubkey> authority */
const BUFFER_HEADER = 37;
const CODE = Buffer.from('not a program, but bytes that go where one would');

/** The buffers a deployment begins with: one is written and kept, one is closed. */
export async function prepareLoader(target: Target): Promise<Scene> {
  const { loaderPayer: payer, heir } = KEYS;
  const scene: Scene = { buffer: BUFFER.publicKey.toBase58() };
  const send = async (name: string, instructions: TransactionInstruction[], signers = [payer]): Promise<void> => {
    scene[name] = await target.send(name, await target.sign(instructions, signers));
  };
  const space = BUFFER_HEADER + CODE.length;
  const lamports = await target.get<number>('getMinimumBalanceForRentExemption', space);
  const create = (key: typeof BUFFER): TransactionInstruction[] => [
    SystemProgram.createAccount({ fromPubkey: payer.publicKey, newAccountPubkey: key.publicKey, space, lamports, programId: LOADER }),
    loader(Buffer.alloc(4), [key.publicKey, true], [payer.publicKey, false]),
  ];
  await send('createBuffer', [...create(BUFFER), ...create(SPARE)], [payer, BUFFER, SPARE]);
  // Write: u32 tag 1, u32 offset, bytes with a u64 length
  const write = Buffer.concat([Buffer.of(1, 0, 0, 0), Buffer.alloc(4), Buffer.of(CODE.length, 0, 0, 0, 0, 0, 0, 0), CODE]);
  await send('writeBuffer', [
    loader(write, [BUFFER.publicKey, true], [payer.publicKey, false, true]),
    loader(Buffer.of(5, 0, 0, 0), [SPARE.publicKey, true], [heir.publicKey, true], [payer.publicKey, false, true]),
    loader(Buffer.of(4, 0, 0, 0), [BUFFER.publicKey, true], [payer.publicKey, false, true], [heir.publicKey, false]),
  ]);
  // The authority is the heir's now.
  await send('writeFails', [loader(write, [BUFFER.publicKey, true], [payer.publicKey, false, true])]);
  return scene;
}

function loader(data: Buffer, ...accounts: [key: PublicKey, writable: boolean, signer?: boolean][]): TransactionInstruction {
  const keys = accounts.map(([pubkey, isWritable, isSigner = false]) => ({ pubkey, isSigner, isWritable }));
  return new TransactionInstruction({ programId: LOADER, keys, data });
}
